/* team.c — a team of threads that sleeps between jobs and meets at barriers within them. */
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "team.h"

#include <limits.h>
#include <stdatomic.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#include <signal.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* How often a thread looks, with a pause between, before it goes to sleep. A pause takes 15-60 ns, by the processor;
 * waking a sleeper 50 us in a virtual machine, which is as much as the work between two barriers. So a thread looks for
 * longer than threads with a processor each ever wait for each other, and sleeps where another process has the other's
 * processor. (That is not enough then: an epoch of 0.5 s took 8-32 s with looking alone, 3.4 s with 3000 looks, 1.6 s
 * with 300, 1.4 s on one thread. pymlp/models/pace.py sees it and goes on with one.) */
#define LOOKS 4000

/* ---- a word that threads can sleep on ---------------------------------------------------------- */

typedef struct word {
    _Atomic uint32_t value;
    _Atomic int sleepers;
#if defined(_WIN32)
    SRWLOCK mutex;
    CONDITION_VARIABLE changed;
#elif !defined(__linux__)
    pthread_mutex_t mutex;
    pthread_cond_t changed;
#endif
} word;

#if defined(__linux__)
#define WORD_INITIALIZER {0, 0}
/* <linux/futex.h> is the kernel's and not everywhere beside the C library; its numbers never change. */
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129
static void word_sleep(word *w, uint32_t seen) {
    syscall(SYS_futex, &w->value, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}
static void word_wake(word *w) { syscall(SYS_futex, &w->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }
#elif defined(_WIN32)
#define WORD_INITIALIZER {0, 0, SRWLOCK_INIT, CONDITION_VARIABLE_INIT}
static void word_sleep(word *w, uint32_t seen) {
    AcquireSRWLockExclusive(&w->mutex);
    while (atomic_load(&w->value) == seen) SleepConditionVariableSRW(&w->changed, &w->mutex, INFINITE, 0);
    ReleaseSRWLockExclusive(&w->mutex);
}
static void word_wake(word *w) {
    AcquireSRWLockExclusive(&w->mutex);
    WakeAllConditionVariable(&w->changed);
    ReleaseSRWLockExclusive(&w->mutex);
}
#else
#define WORD_INITIALIZER {0, 0, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}
static void word_sleep(word *w, uint32_t seen) {
    pthread_mutex_lock(&w->mutex);
    while (atomic_load(&w->value) == seen) pthread_cond_wait(&w->changed, &w->mutex);
    pthread_mutex_unlock(&w->mutex);
}
static void word_wake(word *w) {
    pthread_mutex_lock(&w->mutex);
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}
#endif

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sequentially consistent on purpose: either the sleeper is counted before word_set looks, or the
 * sleeper finds the new value. */
static void word_wait(word *w, uint32_t seen, int looks) {
    for (int i = 0; i < looks; i++) {
        if (atomic_load_explicit(&w->value, memory_order_acquire) != seen) return;
        pause_briefly();
    }
    atomic_fetch_add(&w->sleepers, 1);
    while (atomic_load(&w->value) == seen) word_sleep(w, seen);
    atomic_fetch_sub(&w->sleepers, 1);
}

static void word_set(word *w, uint32_t value) {
    atomic_store(&w->value, value);
    if (atomic_load(&w->sleepers) > 0) word_wake(w);
}

/* ---- the team -------------------------------------------------------------------------------- */

#define THREADS_BITS 7
#define THREADS_MASK ((1u << THREADS_BITS) - 1)
_Static_assert(MLP_MAX_THREADS <= THREADS_MASK, "the threads of a job must fit beside its number");

static struct {
    atomic_flag at_work;
    int forks;   /* between the first process and this one, once there were threads */
    int workers; /* threads made so far, besides the caller's */
    mlp_job *job;
    void *argument;
    word start;   /* changes when there is a job: its number, and in the low bits its threads */
    word barrier; /* changes when all threads of a job have arrived */
    _Atomic int arrived;
} team = {.at_work = ATOMIC_FLAG_INIT, .start = WORD_INITIALIZER, .barrier = WORD_INITIALIZER};

void mlp_team_barrier(int threads) {
    if (threads == 1) return;
    const uint32_t seen = atomic_load_explicit(&team.barrier.value, memory_order_acquire);
    if (atomic_fetch_add(&team.arrived, 1) == threads - 1) {
        atomic_store(&team.arrived, 0);
        word_set(&team.barrier, seen + 1);
    } else {
        word_wait(&team.barrier, seen, LOOKS);
    }
}

typedef struct worker {
    int thread;
    uint32_t seen; /* the value of `start` when the worker was made: jobs after it are the worker's */
} worker;
static worker workers[MLP_MAX_THREADS];

static void work(const worker *self) {
    uint32_t seen = self->seen;
    for (;;) {
        word_wait(&team.start, seen, 0);
        /* One load tells both that there is a job and how many it wants: a thread that is not wanted must
         * not look at the rest, which may already belong to the next job. */
        seen = atomic_load(&team.start.value);
        const int threads = (int)(seen & THREADS_MASK);
        if (self->thread >= threads) continue;
        team.job(team.argument, self->thread, threads);
        mlp_team_barrier(threads);
    }
}

/* ---- making threads: 1 if there is one more ----------------------------------------------------- */

#if defined(_WIN32)
static DWORD WINAPI thread_main(void *argument) {
    work(argument);
    return 0;
}

static int start_thread(worker *self) {
    HANDLE handle = CreateThread(NULL, 0, thread_main, self, 0, NULL);
    return handle && CloseHandle(handle);
}
#else
static void *thread_main(void *argument) {
    work(argument);
    return NULL;
}

/* The child of a fork has only the thread that forked: its team starts anew. */
static void forget_team(void) {
#if !defined(__linux__)
    /* Whoever held them is not there to let go. */
    pthread_mutex_init(&team.start.mutex, NULL);
    pthread_cond_init(&team.start.changed, NULL);
    pthread_mutex_init(&team.barrier.mutex, NULL);
    pthread_cond_init(&team.barrier.changed, NULL);
#endif
    team.forks++;
    team.workers = 0;
    atomic_store(&team.arrived, 0);
    atomic_store(&team.start.sleepers, 0);
    atomic_store(&team.barrier.sleepers, 0);
    atomic_flag_clear(&team.at_work);
}

static int start_thread(worker *self) {
    static int watching_forks;
    if (!watching_forks) watching_forks = pthread_atfork(NULL, NULL, forget_team) == 0;
    /* Signals belong to the caller's threads: Ctrl-C must reach Python's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t handle;
    const int started = pthread_create(&handle, NULL, thread_main, self) == 0;
    if (started) pthread_detach(handle);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}
#endif

static void hire(int wanted) {
    while (team.workers < wanted) {
        worker *next = &workers[team.workers];
        *next = (worker){team.workers + 1, atomic_load(&team.start.value)};
        if (!start_thread(next)) break;
        team.workers++;
    }
}

int mlp_team_forks(void) { return team.forks; }

int mlp_team_run(mlp_job *job, void *argument, int threads) {
    if (threads > MLP_MAX_THREADS) threads = MLP_MAX_THREADS;
    if (threads <= 1 || atomic_flag_test_and_set(&team.at_work)) {
        job(argument, 0, 1);
        return 1;
    }
    hire(threads - 1);
    if (threads > team.workers + 1) threads = team.workers + 1;
    team.job = job;
    team.argument = argument;
    if (threads > 1) {
        const uint32_t job_number = (atomic_load(&team.start.value) >> THREADS_BITS) + 1;
        word_set(&team.start, job_number << THREADS_BITS | (uint32_t)threads);
    }
    const int forks = team.forks;
    job(argument, 0, threads);
    if (team.forks != forks) return 1; /* it went on alone, and the team of this process is not at it */
    mlp_team_barrier(threads);
    atomic_flag_clear(&team.at_work);
    return threads;
}
