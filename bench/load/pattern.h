/* A stream whose every byte tells its own offset. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stdint.h>

struct checker {
    uint64_t offset;  /* of the next byte expected */
    uint64_t skipped; /* bytes that the stream jumped over */
    uint64_t foreign; /* bytes that belong to no record: notices of a daemon, damage */
    unsigned have;    /* bytes of a record matched while out of step */
    uint64_t record;
    bool lost;
};

unsigned char pattern_byte(uint64_t offset);
/* Take one byte; true when it is the one at the offset expected before the call. */
bool checker_take(struct checker *checker, unsigned char byte);

#endif
