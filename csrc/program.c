/* program.c — the runner: every thread runs every instruction of every step on its own share. */
#if defined(__linux__)
#define _POSIX_C_SOURCE 200809L /* a clock that is not set back */
#endif
#include <stdatomic.h>
#include <time.h>

#include "kernels/tile.h"
#include "mlp.h"
#include "team.h"

typedef struct run {
    const mlp_program *program;
    const mlp_span *span;
    double *seconds;     /* of each instruction, or NULL */
    _Atomic int stopped; /* by a callback */
} run;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Whether to go on after a callback. All threads give the same answer: none can be at the next callback, which may
 * stop the run, before each has looked, for a barrier stands before every callback as well as behind it. So all is
 * done that comes before it, and a callback that forks comes back in the child, too, which goes on alone. */
static int call_back(run *r, const mlp_instruction *instruction, const mlp_step *step, int thread, int *threads) {
    mlp_team_barrier(*threads);
    if (thread == 0) {
        const int forks = mlp_team_forks();
        if (instruction->call(instruction->context, step)) atomic_store(&r->stopped, 1);
        if (mlp_team_forks() != forks) *threads = 1;
    }
    mlp_team_barrier(*threads);
    return !atomic_load(&r->stopped);
}

static void run_thread(void *argument, int thread, int threads) {
    run *r = argument;
    const mlp_program *program = r->program;
    const mlp_span *span = r->span;
    double *seconds = r->seconds, before = seconds ? now() : 0;
    mlp_step step = {.order = span->order, .arrays = span->arrays, .scalars = span->scalars, .scratch = program->scratch};
    for (step.first = span->first; step.first < span->last; step.first += span->batch_size) {
        step.batch = span->last - step.first < span->batch_size ? span->last - step.first : span->batch_size;
        for (ptrdiff_t i = 0; i < program->count; i++) {
            const mlp_instruction *instruction = &program->instructions[i];
            if (instruction->call) {
                if (!call_back(r, instruction, &step, thread, &threads)) return;
            } else {
                if (instruction->barrier) mlp_team_barrier(threads);
                instruction->run(instruction, &step, thread, threads);
            }
            if (seconds) {
                const double after = now();
                seconds[i] += after - before;
                before = after;
            }
        }
        step.scalars += span->scalars_per_step;
    }
}

size_t mlp_scratch_elements(ptrdiff_t widest, ptrdiff_t tallest) {
    return (size_t)widest * MLP_SCRATCH_ROWS + (tallest >= MLP_BLOCKED_ROWS ? MLP_BLOCKED_SCRATCH : 0);
}

int mlp_run(const mlp_program *program, const mlp_span *span, int threads) {
    run r = {program, span, NULL, 0};
    return mlp_team_run(run_thread, &r, threads);
}

void mlp_profile(const mlp_program *program, const mlp_span *span, double *seconds) {
    run r = {program, span, seconds, 0};
    run_thread(&r, 0, 1);
}
