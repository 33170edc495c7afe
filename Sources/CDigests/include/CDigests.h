#ifndef CAISSON_CDIGESTS_H
#define CAISSON_CDIGESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has instructions for SHA-256.
bool caisson_sha256_is_accelerated(void);

/// Takes `count` blocks of 64 bytes into a SHA-256 state, by those instructions. Only where the processor has them.
void caisson_sha256_take(uint32_t state[8], const uint8_t *blocks, size_t count);

#endif
