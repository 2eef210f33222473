/* dispatch.c — which instruction set: found once, then kernels are looked up by name in its tables. */
#include <string.h>

#include "kernels/table.h"
#include "mlp.h"

typedef struct isa {
    const char *name;
    const mlp_table_entry *kernels[2]; /* float, double */
} isa;

/* From the least to the most capable. */
static const isa known[] = {
#if defined(__aarch64__)
    {"neon", {mlp_kernels_f32_neon, mlp_kernels_f64_neon}},
#else
    {"baseline", {mlp_kernels_f32_baseline, mlp_kernels_f64_baseline}},
#endif
#if defined(__x86_64__) || defined(__i386__)
    {"avx2", {mlp_kernels_f32_avx2, mlp_kernels_f64_avx2}},
    {"avx512", {mlp_kernels_f32_avx512, mlp_kernels_f64_avx512}},
#endif
};
static const isa *chosen;

static int is_supported(const char *name) {
#if defined(__x86_64__) || defined(__i386__)
    if (strcmp(name, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
    return strcmp(name, known[0].name) == 0;
}

const char *mlp_choose_isa(const char *limit) {
    const isa *best = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is_supported(known[i].name)) best = &known[i];
        if (limit && strcmp(limit, known[i].name) == 0) {
            if (!best || strcmp(best->name, limit) != 0) return NULL;
            break;
        }
        if (limit && i + 1 == sizeof known / sizeof *known) return NULL;
    }
    chosen = best;
    return chosen->name;
}

const char *mlp_isa(void) { return chosen ? chosen->name : NULL; }

mlp_kernel *mlp_find_kernel(const char *name, int is_double) {
    if (!chosen) mlp_choose_isa(NULL);
    for (const mlp_table_entry *entry = chosen->kernels[is_double]; entry->name; entry++)
        if (strcmp(entry->name, name) == 0) return entry->kernel;
    return NULL;
}
