/* A stream of 8-byte records: a newline, then the record's number in seven letters a to p.
 *
 * Every byte follows from its offset, so a reader sees at once when one is missing, and from the
 * next whole record on it knows again where it is. No byte of it means anything to a console
 * server: no escape characters, no 0xFF.
 */
#include "pattern.h"

#define DIGITS 7

unsigned char pattern_byte(uint64_t offset)
{
    unsigned place = offset & 7;

    if (place == 0)
        return '\n';
    return (unsigned char)('a' + ((offset >> 3 >> (4 * (DIGITS - place))) & 15));
}

/* Look for a whole record; when there is one, step on from its end. */
static void search(struct checker *checker, unsigned char byte)
{
    if (byte == '\n') {
        checker->foreign += checker->have;
        checker->have = 1;
        checker->record = 0;
        return;
    }
    if (checker->have == 0 || byte < 'a' || byte > 'p') {
        checker->foreign += checker->have + 1;
        checker->have = 0;
        return;
    }
    checker->record = checker->record << 4 | (unsigned)(byte - 'a');
    if (++checker->have <= DIGITS)
        return;
    uint64_t start = checker->record << 3;
    if (start > checker->offset)
        checker->skipped += start - checker->offset;
    checker->offset = start + 8;
    checker->have = 0;
    checker->lost = false;
}

bool checker_take(struct checker *checker, unsigned char byte)
{
    if (!checker->lost) {
        if (byte == pattern_byte(checker->offset)) {
            checker->offset++;
            return true;
        }
        checker->lost = true;
    }
    search(checker, byte);
    return false;
}
