// A guest's words as one line of plain text.

/** Take the sequences out of a text; give its last line that is not empty. */
export function plain(text: string): string {
  const clean = text.replace(/\x1b(\[[0-?]*[ -/]*[@-~]|[\]P^_][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-~])/g, " ").replace(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]/g, "");
  const lines = clean.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  return (lines.at(-1) ?? "").slice(0, 200);
}
