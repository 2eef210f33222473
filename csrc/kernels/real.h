/* real.h — the floating-point type, the vector of it, and the few operations everything is written in.
 *
 * Included once for float and once for double in each csrc/isa/ unit, with REAL_IS_DOUBLE and
 * MLP_VECTOR_BYTES set. Vectors are GCC/Clang vector extensions: + - * / act lane by lane,
 * comparisons give all-ones or all-zero integer lanes.
 *
 * FN(name) is name_f32_avx2 and so on. It is expanded where it is used, so a macro like `load` below means
 * the function of the type at hand, and the second inclusion may define it again.
 */
#undef real
#undef integer_lane
#undef KERNEL_TYPE
#undef R
#undef BOUND
#undef CHOOSE_BOUND
#if REAL_IS_DOUBLE
#define real double
#define integer_lane int64_t
#define KERNEL_TYPE f64
#define R(x) x
#else
#define real float
#define integer_lane int32_t
#define KERNEL_TYPE f32
#define R(x) x##f
#endif

#define LANES ((ptrdiff_t)(MLP_VECTOR_BYTES / sizeof(real)))
_Static_assert(ROW_UNIT % LANES == 0, "threads must not meet inside a vector of a tensor without padding");
/* Columns are shared out by whole cache lines, so that no two threads ever write to the same one. */
#define COLUMN_UNIT ((ptrdiff_t)(MLP_ALIGNMENT / sizeof(real)))

#define PASTE3_(a, b, c) a##_##b##_##c
#define PASTE3(a, b, c) PASTE3_(a, b, c)
#define FN(name) PASTE3(name, KERNEL_TYPE, MLP_ISA)

#define vec FN(vec)
#define ivec FN(ivec)
#define vec_memory FN(vec_memory)
typedef real vec __attribute__((vector_size(MLP_VECTOR_BYTES)));
typedef integer_lane ivec __attribute__((vector_size(MLP_VECTOR_BYTES)));
/* The same vector where it need not be aligned to its own size. */
typedef real vec_memory __attribute__((vector_size(MLP_VECTOR_BYTES), aligned(sizeof(real)), may_alias));

#define INLINE static inline __attribute__((always_inline, unused))

#define load FN(load)
#define store FN(store)
#define splat FN(splat)
#define select FN(select)
#define vmin FN(vmin)
#define vmax FN(vmax)
#define vabs FN(vabs)
#define turn_square FN(turn_square)
#define lane_numbers FN(lane_numbers)
#define before_end FN(before_end)

INLINE vec load(const real *p) { return *(const vec_memory *)p; }
INLINE void store(real *p, vec v) { *(vec_memory *)p = v; }
INLINE vec splat(real x) { return x - (vec){0}; } /* x - 0 is x for every x, NaN and -0 included */

/* where(mask, a, b); GCC's C front end has no ?: on vectors. */
INLINE vec select(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }

/* A NaN in x stays: comparisons with it are false, and x is what is kept then. That is what the x86 instructions do
 * too, of which no compiler thinks by itself. */
#if MLP_VECTOR_BYTES == 16 && defined(__SSE2__)
#define BOUND(name) CHOOSE_BOUND(__builtin_ia32_##name##ps, __builtin_ia32_##name##pd)
#elif MLP_VECTOR_BYTES == 32
#define BOUND(name) CHOOSE_BOUND(__builtin_ia32_##name##ps256, __builtin_ia32_##name##pd256)
#endif
#if REAL_IS_DOUBLE
#define CHOOSE_BOUND(f32, f64) f64
#else
#define CHOOSE_BOUND(f32, f64) f32
#endif
#ifdef BOUND
INLINE vec vmin(vec x, vec bound) { return BOUND(min)(bound, x); }
INLINE vec vmax(vec x, vec bound) { return BOUND(max)(bound, x); }
#else
INLINE vec vmin(vec x, vec bound) { return select((ivec)(bound < x), bound, x); }
INLINE vec vmax(vec x, vec bound) { return select((ivec)(bound > x), bound, x); }
#endif
INLINE vec vabs(vec x) { return (vec)((ivec)x & (ivec)~(ivec)splat(R(-0.0))); }

/* Turn a square: vectors are its rows, then its columns. Squares of half its size change places, corner by corner,
 * then those of a quarter, down to single elements. */
#undef EACH_LANE
#undef LANE_COUNT
#if REAL_IS_DOUBLE
#define LANE_COUNT (MLP_VECTOR_BYTES / 8)
#else
#define LANE_COUNT (MLP_VECTOR_BYTES / 4)
#endif
#if LANE_COUNT == 2
#define EACH_LANE(f, half) f(half, 0), f(half, 1)
#elif LANE_COUNT == 4
#define EACH_LANE(f, half) f(half, 0), f(half, 1), f(half, 2), f(half, 3)
#elif LANE_COUNT == 8
#define EACH_LANE(f, half) \
    f(half, 0), f(half, 1), f(half, 2), f(half, 3), f(half, 4), f(half, 5), f(half, 6), f(half, 7)
#else
#define EACH_LANE(f, half)                                                                            \
    f(half, 0), f(half, 1), f(half, 2), f(half, 3), f(half, 4), f(half, 5), f(half, 6), f(half, 7), \
        f(half, 8), f(half, 9), f(half, 10), f(half, 11), f(half, 12), f(half, 13), f(half, 14), f(half, 15)
#endif
/* Lane j of the two rows that change places, as a lane of the first (0 ...) or the second (LANE_COUNT ...). */
#define FIRST_ROW(half, j) ((j) & (half) ? LANE_COUNT + (j) - (half) : (j))
#define SECOND_ROW(half, j) ((j) & (half) ? LANE_COUNT + (j) : ((j) + (half)) % (2 * LANE_COUNT))
#if defined(__clang__)
#define PICK(a, b, rows, half) __builtin_shufflevector(a, b, EACH_LANE(rows, half))
#else
#define PICK(a, b, rows, half) __builtin_shuffle(a, b, (ivec){EACH_LANE(rows, half)})
#endif
#define CHANGE_PLACES(half)                                       \
    _Pragma("GCC unroll 16")                                      \
    for (int i = 0; i < LANE_COUNT; i++) {                         \
        if (i & (half) || LANE_COUNT <= (half)) continue;          \
        const vec a = v[i], b = v[i + (half)];                     \
        v[i] = PICK(a, b, FIRST_ROW, half);                        \
        v[i + (half)] = PICK(a, b, SECOND_ROW, half);              \
    }
INLINE void turn_square(vec v[LANE_COUNT]) {
    CHANGE_PLACES(8)
    CHANGE_PLACES(4)
    CHANGE_PLACES(2)
    CHANGE_PLACES(1)
}

INLINE ivec lane_numbers(void) {
    ivec v = {0};
    for (ptrdiff_t i = 0; i < LANES; i++) v[i] = (integer_lane)i;
    return v;
}

/* Lanes j with j < n: which lanes of a row's last vector are columns. */
INLINE ivec before_end(ptrdiff_t n) {
    return (ivec)(lane_numbers() < (integer_lane)(n > LANES ? LANES : n));
}
