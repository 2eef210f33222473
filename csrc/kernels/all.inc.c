/* all.inc.c — every kernel, for float and then for double, on the instruction set that is switched on. */
#define REAL_IS_DOUBLE 0
#include "one_type.inc.c"
#undef REAL_IS_DOUBLE
#define REAL_IS_DOUBLE 1
#include "one_type.inc.c"
#undef REAL_IS_DOUBLE
