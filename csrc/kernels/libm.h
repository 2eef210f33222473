/* libm.h — functions that networks seldom use, on vectors: lane by lane, by the mathematical library. */
#define vsin FN(vsin)
#define vcos FN(vcos)
#define vfloor FN(vfloor)
#define vround FN(vround)
#define vpow FN(vpow)
#define vasin FN(vasin)
#define vacos FN(vacos)
#define vatan FN(vatan)
#define vasinh FN(vasinh)
#define vacosh FN(vacosh)
#define vatanh FN(vatanh)
#define vcbrt FN(vcbrt)
#define verfc FN(verfc)
#define vatan2 FN(vatan2)

#define BY_LANE(name, function, functionf)                                                                    \
    INLINE vec name(vec x) {                                                                                  \
        vec y = x;                                                                                            \
        for (ptrdiff_t i = 0; i < LANES; i++) y[i] = REAL_IS_DOUBLE ? (real)function(x[i]) : (real)functionf((float)x[i]); \
        return y;                                                                                             \
    }
BY_LANE(vsin, sin, sinf)
BY_LANE(vcos, cos, cosf)
BY_LANE(vfloor, __builtin_floor, __builtin_floorf)
BY_LANE(vround, __builtin_rint, __builtin_rintf)
BY_LANE(vasin, asin, asinf)
BY_LANE(vacos, acos, acosf)
BY_LANE(vatan, atan, atanf)
BY_LANE(vasinh, asinh, asinhf)
BY_LANE(vacosh, acosh, acoshf)
BY_LANE(vatanh, atanh, atanhf)
BY_LANE(vcbrt, cbrt, cbrtf)
BY_LANE(verfc, erfc, erfcf)
#undef BY_LANE

#define BY_LANE_OF_TWO(name, function, functionf)                                                             \
    INLINE vec name(vec a, vec b) {                                                                           \
        vec y = a;                                                                                            \
        for (ptrdiff_t i = 0; i < LANES; i++)                                                                 \
            y[i] = REAL_IS_DOUBLE ? (real)function(a[i], b[i]) : (real)functionf((float)a[i], (float)b[i]);    \
        return y;                                                                                             \
    }
BY_LANE_OF_TWO(vpow, pow, powf)
BY_LANE_OF_TWO(vatan2, atan2, atan2f)
#undef BY_LANE_OF_TWO
