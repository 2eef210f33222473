/* table.h — kernels by name, one table for each type and instruction set. */
#ifndef MLP_TABLE_H
#define MLP_TABLE_H

#include "../mlp.h"

typedef struct mlp_table_entry {
    const char *name;
    mlp_kernel *kernel;
} mlp_table_entry;

/* Each ends with an entry whose name is NULL. */
extern const mlp_table_entry mlp_kernels_f32_baseline[], mlp_kernels_f64_baseline[];
extern const mlp_table_entry mlp_kernels_f32_avx2[], mlp_kernels_f64_avx2[];
extern const mlp_table_entry mlp_kernels_f32_avx512[], mlp_kernels_f64_avx512[];
extern const mlp_table_entry mlp_kernels_f32_neon[], mlp_kernels_f64_neon[];

#endif
