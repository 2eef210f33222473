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
#define lane_numbers FN(lane_numbers)
#define before_end FN(before_end)

INLINE vec load(const real *p) { return *(const vec_memory *)p; }
INLINE void store(real *p, vec v) { *(vec_memory *)p = v; }
INLINE vec splat(real x) { return x - (vec){0}; } /* x - 0 is x for every x, NaN and -0 included */

/* where(mask, a, b); GCC's C front end has no ?: on vectors. */
INLINE vec select(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }

/* A NaN in x stays: comparisons with it are false, and x is what is kept then. */
INLINE vec vmin(vec x, vec bound) { return select((ivec)(bound < x), bound, x); }
INLINE vec vmax(vec x, vec bound) { return select((ivec)(bound > x), bound, x); }
INLINE vec vabs(vec x) { return (vec)((ivec)x & (ivec)~(ivec)splat(R(-0.0))); }

INLINE ivec lane_numbers(void) {
    ivec v = {0};
    for (ptrdiff_t i = 0; i < LANES; i++) v[i] = (integer_lane)i;
    return v;
}

/* Lanes j with j < n: which lanes of a row's last vector are columns. */
INLINE ivec before_end(ptrdiff_t n) {
    return (ivec)(lane_numbers() < (integer_lane)(n > LANES ? LANES : n));
}
