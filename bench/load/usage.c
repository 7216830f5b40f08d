/* What the daemon's processes, this process, the kernel's threads and everybody else spent.
 *
 * /proc/PID/task/TID/schedstat counts the nanoseconds that a thread ran, user and system together;
 * utime + stime of /proc/PID/stat is the same sum in clock ticks, and is used where a kernel has no
 * schedstat. What is busy on the two cores beyond these is other people's work: noise.
 */
#define _GNU_SOURCE
#include "usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool slurp(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, size - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    return true;
}

static uint64_t number_after(const char *text, const char *label)
{
    const char *found = strstr(text, label);

    return found ? strtoull(found + strlen(label), NULL, 10) : 0;
}

static ns_t cpu_from_stat(const char *task)
{
    char path[96], text[1024];
    unsigned long user = 0, system = 0;

    snprintf(path, sizeof path, "%s/stat", task);
    if (!slurp(path, text, sizeof text) || !strrchr(text, ')'))
        return 0;
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
           &system);
    return (ns_t)(user + system) * (SECOND / (ns_t)sysconf(_SC_CLK_TCK));
}

static void add_task(struct usage *usage, const char *task)
{
    char path[96], text[4096];

    snprintf(path, sizeof path, "%s/schedstat", task);
    usage->cpu += slurp(path, text, sizeof text) ? strtoull(text, NULL, 10) : cpu_from_stat(task);
    snprintf(path, sizeof path, "%s/status", task);
    if (slurp(path, text, sizeof text)) {
        usage->voluntary += number_after(text, "\nvoluntary_ctxt_switches:");
        usage->involuntary += number_after(text, "\nnonvoluntary_ctxt_switches:");
    }
}

static void add_process(struct usage *usage, int pid)
{
    char path[64], task[80];

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *dir = opendir(path);
    if (!dir) {
        usage->missing++;
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(task, sizeof task, "%s/%.12s", path, entry->d_name);
        add_task(usage, task);
    }
    closedir(dir);
}

static bool is_kernel_thread(const char *pid)
{
    char path[64], text[1024];
    int parent = 0;

    snprintf(path, sizeof path, "/proc/%.12s/stat", pid);
    return slurp(path, text, sizeof text) && strrchr(text, ')') &&
           sscanf(strrchr(text, ')') + 2, "%*c %d", &parent) == 1 && parent == 2;
}

/* Kernel threads are the children of process 2. Those of ptys carry each write to the other end. */
static void list_kernel_threads(struct usage *usage)
{
    char path[64], text[128];
    DIR *dir = opendir("/proc");

    if (!dir)
        die("/proc");
    for (struct dirent *entry; (entry = readdir(dir));) {
        int pid = atoi(entry->d_name);
        if (!pid || usage->kernel_count == KTHREADS_MAX || !is_kernel_thread(entry->d_name))
            continue;
        snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
        if (slurp(path, text, sizeof text))
            usage->kernel[usage->kernel_count++] = (struct kthread){pid, strtoull(text, NULL, 10)};
    }
    closedir(dir);
}

/* They come and go, so each is compared with itself. */
static ns_t kernel_ran(const struct usage *begin, const struct usage *end)
{
    ns_t total = 0;

    for (unsigned i = 0; i < end->kernel_count; i++) {
        total += end->kernel[i].ran;
        for (unsigned j = 0; j < begin->kernel_count; j++)
            if (begin->kernel[j].pid == end->kernel[i].pid)
                total -= begin->kernel[j].ran;
    }
    return total;
}

static uint64_t core_busy(int core)
{
    char label[16], text[16384];
    unsigned long long t[8] = {0}; /* user nice system idle iowait irq softirq steal */

    snprintf(label, sizeof label, "cpu%d ", core);
    if (!slurp("/proc/stat", text, sizeof text) || !strstr(text, label))
        return 0;
    sscanf(strstr(text, label) + strlen(label), "%llu %llu %llu %llu %llu %llu %llu %llu", &t[0],
           &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
    return t[0] + t[1] + t[2] + t[5] + t[6] + t[7];
}

struct usage usage_sample(const struct pids *daemon, const struct pids *company,
                          const int cores[2])
{
    struct usage usage = {0}, beside = {0};
    struct timespec own;

    for (unsigned i = 0; i < daemon->count; i++)
        add_process(&usage, daemon->list[i]);
    for (unsigned i = 0; i < company->count; i++)
        add_process(&beside, company->list[i]);
    list_kernel_threads(&usage);
    usage.busy = core_busy(cores[0]) + core_busy(cores[1]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    usage.own = (ns_t)own.tv_sec * SECOND + (ns_t)own.tv_nsec;
    usage.company = beside.cpu;
    usage.when = clock_ns();
    return usage;
}

int usage_json(char *text, size_t size, const struct usage *begin, const struct usage *end)
{
    double seconds = (double)(end->when - begin->when) / 1e9;
    double daemon = (double)(end->cpu - begin->cpu) / 1e9;
    double own = (double)(end->own - begin->own) / 1e9;
    double company = (double)(end->company - begin->company) / 1e9;
    double kernel = (double)kernel_ran(begin, end) / 1e9;
    double busy = (double)(end->busy - begin->busy) / (double)sysconf(_SC_CLK_TCK);
    double others = (busy - daemon - own - company - kernel) / seconds;

    return snprintf(text, size,
                    "\"seconds\":%.4f,\"daemon_cpu\":%.6f,\"generator_cpu\":%.6f,"
                    "\"kernel_cpu\":%.6f,\"others\":%.4f,\"voluntary\":%llu,\"involuntary\":%llu,"
                    "\"missing\":%u",
                    seconds, daemon, own, kernel, others > 0 ? others : 0.0,
                    (unsigned long long)(end->voluntary - begin->voluntary),
                    (unsigned long long)(end->involuntary - begin->involuntary), end->missing);
}
