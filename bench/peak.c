/* peak.c: what this machine can do, as one line of JSON.
 *
 *   peak THREADS SECONDS
 *
 * fma_gflops   float32 multiply-adds on registers only, two operations each, all threads together
 * copy_gbs     copying 64 MB a thread from memory to memory, bytes read plus bytes written
 *
 * Every thread does the same work; the clock runs from the moment all are ready until the last has
 * finished. Built by bench/machine.py with -O3 -march=native: nothing of it is shipped.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#define LANES (BYTES / (int)sizeof(float))
#define CHAINS 12 /* independent sums: more than latency (4) x ports (2) of any core we know */
#define COPY_BYTES ((size_t)64 << 20)

typedef float vec __attribute__((vector_size(BYTES)));

static pthread_barrier_t ready;
static double seconds_wanted;

typedef struct {
    pthread_t thread;
    int measure_copy;
    double start, end, work; /* work: operations or bytes */
    float sink;
} job;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void multiply_add(job *j) {
    vec sum[CHAINS], factor, term;
    for (int l = 0; l < LANES; ++l) {
        factor[l] = 0.999f;
        term[l] = 0.001f; /* sums settle at 1: neither overflow nor subnormals */
        for (int c = 0; c < CHAINS; ++c) sum[c][l] = 1.0f + 0.01f * (float)c;
    }
    const long block = 100000;
    j->start = now();
    do {
        for (long i = 0; i < block; ++i)
            for (int c = 0; c < CHAINS; ++c) sum[c] = sum[c] * factor + term;
        j->work += 2.0 * LANES * CHAINS * (double)block;
        j->end = now();
    } while (j->end - j->start < seconds_wanted);
    for (int c = 0; c < CHAINS; ++c) j->sink += sum[c][0];
}

static void copy(job *j, char *to, const char *from) {
    j->start = now();
    do {
        memcpy(to, from, COPY_BYTES);
        j->work += 2.0 * (double)COPY_BYTES;
        j->end = now();
    } while (j->end - j->start < seconds_wanted);
    j->sink += (float)to[COPY_BYTES / 2];
}

static void *run(void *argument) {
    job *j = argument;
    char *to = NULL, *from = NULL;
    if (j->measure_copy) {
        to = malloc(COPY_BYTES);
        from = malloc(COPY_BYTES);
        if (!to || !from) abort();
        memset(to, 1, COPY_BYTES); /* touch the pages before the clock runs */
        memset(from, 2, COPY_BYTES);
    }
    pthread_barrier_wait(&ready);
    if (j->measure_copy)
        copy(j, to, from);
    else
        multiply_add(j);
    free(to);
    free(from);
    return NULL;
}

/* Work per second of all threads together, in units of 1e9. */
static double measure(int threads, int measure_copy, float *sink) {
    job *jobs = calloc((size_t)threads, sizeof(job));
    if (!jobs) abort();
    pthread_barrier_init(&ready, NULL, (unsigned)threads);
    for (int t = 0; t < threads; ++t) {
        jobs[t].measure_copy = measure_copy;
        if (pthread_create(&jobs[t].thread, NULL, run, &jobs[t])) abort();
    }
    double work = 0, start = 0, end = 0;
    for (int t = 0; t < threads; ++t) {
        pthread_join(jobs[t].thread, NULL);
        work += jobs[t].work;
        *sink += jobs[t].sink;
        if (t == 0 || jobs[t].start < start) start = jobs[t].start;
        if (t == 0 || jobs[t].end > end) end = jobs[t].end;
    }
    pthread_barrier_destroy(&ready);
    free(jobs);
    return 1e-9 * work / (end - start);
}

int main(int argc, char **argv) {
    const int threads = argc > 1 ? atoi(argv[1]) : 1;
    seconds_wanted = argc > 2 ? atof(argv[2]) : 0.2;
    if (threads < 1) return 2;
    float sink = 0;
    const double fma = measure(threads, 0, &sink), copied = measure(threads, 1, &sink);
    /* The sink is printed so that no loop can be optimised away. */
    printf("{\"fma_gflops\": %.2f, \"copy_gbs\": %.2f, \"vector_bytes\": %d, \"sink\": %g}\n", fma,
           copied, BYTES, (double)sink);
    return 0;
}
