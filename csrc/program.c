/* program.c — the runner: every thread runs every instruction of every step on its own share. */
#include "kernels/tile.h"
#include "mlp.h"
#include "team.h"

typedef struct run {
    const mlp_program *program;
    const mlp_span *span;
} run;

static void run_thread(void *argument, int thread, int threads) {
    const mlp_program *program = ((const run *)argument)->program;
    const mlp_span *span = ((const run *)argument)->span;
    mlp_step step = {.order = span->order, .arrays = span->arrays, .scalars = span->scalars, .scratch = program->scratch};
    for (step.first = span->first; step.first < span->last; step.first += span->batch_size) {
        step.batch = span->last - step.first < span->batch_size ? span->last - step.first : span->batch_size;
        for (ptrdiff_t i = 0; i < program->count; i++) {
            const mlp_instruction *instruction = &program->instructions[i];
            if (instruction->barrier) mlp_team_barrier(threads);
            instruction->run(instruction, &step, thread, threads);
        }
        step.scalars += span->scalars_per_step;
    }
}

size_t mlp_scratch_elements(ptrdiff_t widest, ptrdiff_t tallest) {
    return (size_t)widest * MLP_SCRATCH_ROWS + (tallest >= MLP_BLOCKED_ROWS ? MLP_BLOCKED_SCRATCH : 0);
}

int mlp_run(const mlp_program *program, const mlp_span *span, int threads) {
    run r = {program, span};
    return mlp_team_run(run_thread, &r, threads);
}
