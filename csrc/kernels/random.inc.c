/* random.inc.c — random numbers that depend on a seed, on the number of the draw and on the element's place alone.
 *
 * The generator is Philox 4x32 (Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * ten rounds of multiplying and exclusive-or turn a counter into four words; seven, the fewest with which it passes the
 * authors' tests, do for dropout, which waits for them. The counter is (block, 0 or 1 for the lower halves of 64 bits, 0,
 * draw), the key (seed, a constant of ours). A chunk is 16 blocks: their words 0 and 1, block by block, then their words 2
 * and 3. Elements take words one after the other, row by row and without padding; those of a dropout mask take halves of
 * words, and rows begin at every 16th of them. Threads share rows out and never meet: any number of them gives the same
 * bits, and so does any instruction set.
 *
 * A state is (seed, draws so far): two 32-bit words, whatever the program's type. A kernel's integer[0] is how many
 * draws of the same step come before its own; `advance` counts them all at the step's end.
 */
#ifndef MLP_PHILOX
#define MLP_PHILOX
#define MLP_CHUNK 64
#define MLP_PHILOX_BLOCKS (MLP_CHUNK / 4)
#define MLP_PHILOX_KEY 0x6d6c7021u
#define MLP_ROUNDS 10
#define MLP_MASK_ROUNDS 7
#define MLP_MASK_UNIT 16
typedef uint32_t word_memory __attribute__((may_alias));
enum mlp_distribution { MLP_UNIFORM, MLP_NORMAL, MLP_TRUNCATED_NORMAL };
#endif

#undef LOW_PRODUCT
#define PAIRS (MLP_VECTOR_BYTES / 8)
#define pairs FN(pairs)
#define low_product FN(low_product)
typedef uint64_t pairs __attribute__((vector_size(MLP_VECTOR_BYTES)));

/* The products of the lower halves: one instruction on x86, of which GCC 12 does not think by itself. */
#if MLP_VECTOR_BYTES == 16 && defined(__SSE2__)
#define LOW_PRODUCT(a, b) (pairs) __builtin_ia32_pmuludq128((low_words)(a), (low_words)(b))
#elif MLP_VECTOR_BYTES == 32
#define LOW_PRODUCT(a, b) (pairs) __builtin_ia32_pmuludq256((low_words)(a), (low_words)(b))
#elif MLP_VECTOR_BYTES == 64 && defined(__clang__)
#define LOW_PRODUCT(a, b) (pairs) __builtin_ia32_pmuludq512((low_words)(a), (low_words)(b))
#elif MLP_VECTOR_BYTES == 64
#define low_longs FN(low_longs)
typedef long long low_longs __attribute__((vector_size(64)));
#define LOW_PRODUCT(a, b) (pairs) __builtin_ia32_pmuludq512_mask((low_words)(a), (low_words)(b), (low_longs){0}, 0xff)
#endif
#ifdef LOW_PRODUCT
#define low_words FN(low_words)
typedef int low_words __attribute__((vector_size(MLP_VECTOR_BYTES)));
INLINE pairs low_product(pairs a, pairs b) { return LOW_PRODUCT(a, b); }
#else
INLINE pairs low_product(pairs a, pairs b) { return (a & UINT32_MAX) * (b & UINT32_MAX); }
#endif

#define stream FN(stream)
#define philox FN(philox)
#define counted_from FN(counted_from)
#define at_chunk FN(at_chunk)
#define half_words FN(half_words)
#define words_at FN(words_at)
#define stream_of FN(stream_of)

/* As many halves of words as a vector has lanes. */
typedef uint16_t half_words __attribute__((vector_size(2 * MLP_VECTOR_BYTES / sizeof(real)), aligned(2), may_alias));

typedef struct stream {
    uint32_t seed, draw, half;
    int rounds;
    uint64_t chunk; /* whose words these are; none at first */
    pairs words[2][MLP_PHILOX_BLOCKS / PAIRS];
} stream;

static stream stream_of(const mlp_operand *state, ptrdiff_t before, uint32_t half, int rounds) {
    const uint32_t *words = state->data;
    stream s;
    s.seed = words[0];
    s.draw = words[1] + (uint32_t)before;
    s.half = half;
    s.rounds = rounds;
    s.chunk = UINT64_MAX;
    return s;
}

INLINE pairs counted_from(uint64_t first) {
    pairs v = {0};
    for (int lane = 0; lane < PAIRS; lane++) v[lane] = first + (uint64_t)lane;
    return v;
}

/* Words lie in the lower halves of 64 bits; what is above them in c1 and c3, and so in c0 and c2, nobody reads. Four
 * vectors go through the rounds together, since a product is waited for longer than it takes. */
static void philox(stream *s) {
    enum { AT_ONCE = MLP_PHILOX_BLOCKS / PAIRS < 4 ? MLP_PHILOX_BLOCKS / PAIRS : 4 };
    const pairs zero = {0}, m0 = zero + 0xd2511f53u, m1 = zero + 0xcd9e8d57u;
    for (int first = 0; first < MLP_PHILOX_BLOCKS; first += AT_ONCE * PAIRS) {
        const uint64_t block = s->chunk * MLP_PHILOX_BLOCKS + (uint64_t)first;
        pairs c0[AT_ONCE], c1[AT_ONCE], c2[AT_ONCE], c3[AT_ONCE], key0 = zero + s->seed, key1 = zero + MLP_PHILOX_KEY;
        for (int v = 0; v < AT_ONCE; v++) {
            c0[v] = counted_from(block + (uint64_t)(v * PAIRS));
            c1[v] = zero + (block >> 32); /* 16 blocks never pass a multiple of 2^32 */
            c2[v] = zero + s->half;
            c3[v] = zero + s->draw;
        }
        for (int round = 0; round < s->rounds; round++) {
            for (int v = 0; v < AT_ONCE; v++) {
                const pairs p0 = low_product(c0[v], m0), p1 = low_product(c2[v], m1);
                c0[v] = (p1 >> 32) ^ (c1[v] ^ key0);
                c2[v] = (p0 >> 32) ^ (c3[v] ^ key1);
                c1[v] = p1;
                c3[v] = p0;
            }
            key0 += 0x9e3779b9u;
            key1 += 0xbb67ae85u;
        }
        for (int v = 0; v < AT_ONCE; v++) { /* lower halves of 64 bits come first in memory */
            s->words[0][first / PAIRS + v] = (c0[v] & UINT32_MAX) | c1[v] << 32;
            s->words[1][first / PAIRS + v] = (c2[v] & UINT32_MAX) | c3[v] << 32;
        }
    }
}

INLINE void at_chunk(stream *s, uint64_t chunk) {
    if (s->chunk == chunk) return;
    s->chunk = chunk;
    philox(s);
}

/* The words of element `at` and of those behind it, *count of them at the most. */
static const word_memory *words_at(stream *s, uint64_t at, ptrdiff_t *count) {
    const ptrdiff_t offset = (ptrdiff_t)(at % MLP_CHUNK);
    at_chunk(s, at / MLP_CHUNK);
    *count = mlp_min(*count, MLP_CHUNK - offset);
    return (const word_memory *)s->words + offset;
}

/* operands state, mask (m, n); number[0] = rate. mask = 0 with the probability of the rate, to the nearest 2^-16, else
 * 1 / (1 - rate). */
static void FN(dropout_mask)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *mask = &self->operand[1];
    const double rate = self->number[0];
    const ivec least = (ivec){0} + (integer_lane)(rate * 65536.0 + 0.5);
    const vec scale = splat(rate < 1.0 ? (real)(1.0 / (1.0 - rate)) : R(0.0));
    const ptrdiff_t ld = mask->ld, ahead = (mask->cols + MLP_MASK_UNIT - 1) / MLP_MASK_UNIT * MLP_MASK_UNIT;
    stream s = stream_of(&self->operand[0], self->integer[0], 0, MLP_MASK_ROUNDS);
    mlp_range rows = mlp_share(mlp_rows(mask, step), ROW_UNIT, thread, threads);
    /* Where rows begin at the same places as in memory, they are one long row. */
    const ptrdiff_t at_once = ahead == ld ? rows.end - rows.begin : 1, n = ahead == ld ? at_once * ld : mask->cols;
    for (ptrdiff_t i = rows.begin; i < rows.end; i += at_once) {
        real *out = (real *)mask->data + i * ld;
        for (ptrdiff_t j = 0, end; j < n; j = end) {
            const uint64_t place = (uint64_t)(i * ahead + j);
            const ptrdiff_t offset = (ptrdiff_t)(place % (2 * MLP_CHUNK));
            const char *halves = (const char *)s.words + (offset - j) * (ptrdiff_t)sizeof(uint16_t);
            at_chunk(&s, place / (2 * MLP_CHUNK));
            end = mlp_min(n, j + 2 * MLP_CHUNK - offset);
            for (; j < end; j += LANES) {
                const half_words *drawn = (const half_words *)(halves + j * (ptrdiff_t)sizeof(uint16_t));
                const ivec kept = (ivec)(__builtin_convertvector(*drawn, ivec) >= least);
                write_row(out, j, n, ld, (vec)(kept & (ivec)scale));
            }
        }
    }
}

/* operands x, mask, positive or none, y (m, n); integer[0] = 1 if x goes through a relu first. y = x mask where the mask is
 * not 0 and what is to be positive is; else 0, whatever x is. The gradient is this function of the incoming one: what was
 * drawn is kept, since drawing takes longer than reading, and what came out of a relu and is above 0 is y's own. */
static void FN(dropout)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *x = &self->operand[0], *mask = &self->operand[1], *positive = &self->operand[2],
                      *y = &self->operand[3];
    const int relu = self->integer[0] != 0, bounded = positive->data != NULL;
    const int alike = mlp_lie_alike(x, y, LANES) && mlp_lie_alike(mask, y, LANES) &&
                      (!bounded || mlp_lie_alike(positive, y, LANES));
    mlp_range rows = mlp_share(mlp_rows(y, step), ROW_UNIT, thread, threads);
    const ptrdiff_t ld = y->ld, at_once = alike ? rows.end - rows.begin : 1, n = alike ? at_once * ld : y->cols;
    for (ptrdiff_t i = rows.begin; i < rows.end; i += at_once) {
        const real *in = (const real *)x->data + i * x->ld, *scales = (const real *)mask->data + i * mask->ld;
        const real *bound = bounded ? (const real *)positive->data + i * positive->ld : in;
        real *out = (real *)y->data + i * ld;
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            const vec scale = load(scales + j), value = relu ? vmax(load(in + j), ZERO) : load(in + j);
            ivec kept = (ivec)(scale != R(0.0));
            if (bounded) kept &= (ivec)(load(bound + j) > R(0.0));
            write_row(out, j, n, ld, (vec)(kept & (ivec)(value * scale)));
        }
    }
}

/* operands state, y (m, n); integer[1] = the distribution; numbers p, q:
 *   MLP_UNIFORM           p + (q - p) u with u evenly within [0, 1), q itself left out
 *   MLP_NORMAL            p + q z with z normal
 *   MLP_TRUNCATED_NORMAL  the same with |z| <= 2
 * u has the 24 bits that float holds, or 53; z is drawn from 32 bits, or 64. */
static void FN(random)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    const mlp_operand *y = &self->operand[1];
    const enum mlp_distribution distribution = (enum mlp_distribution)self->integer[1];
    const real p = (real)self->number[0], q = (real)self->number[1];
    const real below_q = (real)(REAL_IS_DOUBLE ? nextafter((double)q, (double)p) : (double)nextafterf((float)q, (float)p));
    /* Half of the probability within two standard deviations. */
    const real half_inside = R(0.47724986805182079279);
    stream high = stream_of(&self->operand[0], self->integer[0], 0, MLP_ROUNDS);
#if REAL_IS_DOUBLE
    stream low = stream_of(&self->operand[0], self->integer[0], 1, MLP_ROUNDS);
#endif
    mlp_range rows = mlp_share(mlp_rows(y, step), ROW_UNIT, thread, threads);
    for (ptrdiff_t i = rows.begin; i < rows.end; i++) {
        real *out = (real *)y->data + i * y->ld;
        for (ptrdiff_t j = 0, count; j < y->cols; j += count) {
            count = y->cols - j;
            const uint64_t at = (uint64_t)(i * y->cols + j);
            const word_memory *words = words_at(&high, at, &count);
            real value[MLP_CHUNK], sign[MLP_CHUNK];
#if REAL_IS_DOUBLE
            const word_memory *more = words_at(&low, at, &count);
#define WORD(k) ((uint64_t)words[k] << 32 | more[k])
#define WORD_BITS 64
#define WORD_TOP (UINT64_MAX >> 1)
#else
#define WORD(k) (words[k])
#define WORD_BITS 32
#define WORD_TOP (UINT32_MAX >> 1)
#endif
            if (distribution == MLP_UNIFORM) {
                for (ptrdiff_t k = 0; k < count; k++) {
                    const real u = (real)(WORD(k) >> (WORD_BITS - (REAL_IS_DOUBLE ? 53 : 24))) *
                                   (REAL_IS_DOUBLE ? (real)0x1p-53 : (real)0x1p-24);
                    const real v = p + (q - p) * u;
                    out[j + k] = p < q && v >= q ? below_q : v; /* rounding may carry it to q */
                }
                continue;
            }
            memset(value, 0, sizeof value);
            for (ptrdiff_t k = 0; k < count; k++) {
                /* The probability of what lies further out, in (0, 1/2]: small ones keep their digits. */
                const int positive = WORD(k) > WORD_TOP;
                value[k] = ((real)(positive ? ~WORD(k) : WORD(k)) + R(0.5)) *
                           (REAL_IS_DOUBLE ? (real)0x1p-64 : (real)0x1p-32);
                sign[k] = positive ? R(1.0) : R(-1.0);
            }
            for (ptrdiff_t k = 0; k < count; k += LANES) {
                vec r = load(value + k);
                if (distribution == MLP_TRUNCATED_NORMAL) r = R(0.5) - (R(1.0) - R(2.0) * r) * half_inside;
                store(value + k, normal_above(R(0.5) - r, r));
            }
            for (ptrdiff_t k = 0; k < count; k++) out[j + k] = p + q * (sign[k] * value[k]);
#undef WORD
#undef WORD_BITS
#undef WORD_TOP
        }
    }
}

/* operand state; integer[0] = draws of this step. */
static void FN(advance)(const mlp_instruction *self, const mlp_step *step, int thread, int threads) {
    (void)step, (void)threads;
    if (thread == 0) ((uint32_t *)self->operand[0].data)[1] += (uint32_t)self->integer[0];
}
