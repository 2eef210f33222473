/* team.h — the threads. Nothing else in pymlp knows how they are made, started or kept in step. */
#ifndef MLP_TEAM_H
#define MLP_TEAM_H

#include "mlp.h"

typedef void mlp_job(void *argument, int thread, int threads);

/* Call job(argument, i, n) for i = 0 .. n - 1 at once, in this thread and n - 1 others; return n when all
 * have come back. n is `threads`, or fewer where threads cannot be made, or 1 while the team is at work
 * for somebody else. Between jobs the others sleep. */
int mlp_team_run(mlp_job *job, void *argument, int threads);

/* Inside a job: wait until all its threads are here. */
void mlp_team_barrier(int threads);

/* Another number than before, if this process is a child that was forked since then. What thread 0 of a job calls may
 * do that: the child has no other thread, so there the job must end with none, or go on with one and no barrier. */
int mlp_team_forks(void);

#endif
