// Bundles the page: node build.mjs FOLDER. The folder gets index.html, assets/ with hashed names, and licenses.txt.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const folder = process.argv[2] ?? "../com1d/gateway/page";

// All of them before anything is bundled: what is not in the bundle needs no licence here, and one that is has one.
async function licenses(inputs) {
  const names = new Set();
  for (const path of Object.keys(inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
    if (found) names.add(found[1]);
  }
  const texts = [...names].sort().map(async (name) => {
    const { version, license } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    const text = await readFile(`node_modules/${name}/LICENSE`, "utf8");
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

await rm(folder, { recursive: true, force: true });
await mkdir(join(folder, "assets"), { recursive: true });
const result = await build({
  entryPoints: { app: "src/main.ts" },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: join(folder, "assets"),
  entryNames: "[name]-[hash]",
  legalComments: "none", // the whole texts are in licenses.txt
  loader: { ".svg": "dataurl" },
  metafile: true,
  logLevel: "warning",
});
const made = (end) => basename(Object.keys(result.metafile.outputs).find((path) => path.endsWith(end)));
const html = (await readFile("index.html", "utf8"))
  .replace("assets/app.js", `assets/${made(".js")}`)
  .replace("assets/app.css", `assets/${made(".css")}`);
await writeFile(join(folder, "index.html"), html);
await writeFile(join(folder, "licenses.txt"), await licenses(result.metafile.inputs));
