/* shuffle.c — the order in which an epoch goes through the samples. */
#include "mlp.h"

/* SplitMix64 (Steele, Lea, Flood 2014): a counter and a mixing function that passes the usual tests. */
static uint64_t next_word(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A number below n, each equally likely (Lemire 2019: a product instead of a division). */
static uint64_t below(uint64_t *state, uint64_t n) {
    if (n > UINT32_MAX) return next_word(state) % n; /* a bias of less than one in 2^30 */
    uint64_t product = (next_word(state) >> 32) * n;
    if ((uint32_t)product < n) {
        const uint32_t least = (uint32_t)(0u - (uint32_t)n) % (uint32_t)n;
        while ((uint32_t)product < least) product = (next_word(state) >> 32) * n;
    }
    return product >> 32;
}

void mlp_shuffle(int64_t *order, ptrdiff_t n, uint64_t seed) {
    /* Fisher and Yates's method, from the inside out. */
    for (ptrdiff_t i = 0; i < n; i++) {
        const ptrdiff_t j = (ptrdiff_t)below(&seed, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
