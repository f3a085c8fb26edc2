/* Stands in for the driver's libnvidia-ml.so.1, under the real pynvml: the GPUs are those in the file FAKE_NVML.
 *
 * The file is read at each nvmlInit, one "key value" a line; "gpu" begins the next GPU. For the whole library: init
 * (the result of nvmlInit), driver, cuda. For a GPU: name, uuid, total, reserved, free, capability (two numbers),
 * display, error (the result of every question about it), memory_v1 (1: the newer question for memory is unknown;
 * 2: both are, as on a computer whose GPU has no memory of its own), process (pid, "compute" or "graphics", bytes or
 * "-"). Only what the app asks is here; the structures are those of nvml.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9, FUNCTION_NOT_FOUND = 13, GPU_IS_LOST = 15, MISMATCH = 18, UNKNOWN = 999
};
enum { MOST_GPUS = 8, MOST_PROCESSES = 16, TEXT = 96 };

typedef struct { unsigned int pid; unsigned long long memory; unsigned int gpu_instance, compute_instance; } Process;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } MemoryV2;
typedef struct {
    char name[TEXT], uuid[TEXT];
    unsigned long long total, reserved, free;
    int major, minor, display, error, memory_v1;
    Process processes[2][MOST_PROCESSES]; /* those that compute, those that draw */
    unsigned int counts[2];
} Gpu;

static Gpu gpus[MOST_GPUS];
static unsigned int gpu_count;
static int opened, cuda;
static char driver[TEXT];

static void read_process(Gpu *gpu, const char *value)
{
    unsigned int pid;
    char kind[16], memory[32];
    if (sscanf(value, "%u %15s %31s", &pid, kind, memory) != 3)
        abort();
    int draws = strcmp(kind, "graphics") == 0;
    Process process = {pid, strcmp(memory, "-") ? strtoull(memory, NULL, 10) : ~0ULL, ~0U, ~0U};
    gpu->processes[draws][gpu->counts[draws]++] = process;
}

static void read_gpu_line(Gpu *gpu, const char *key, const char *value)
{
    if (!strcmp(key, "name")) snprintf(gpu->name, TEXT, "%s", value);
    else if (!strcmp(key, "uuid")) snprintf(gpu->uuid, TEXT, "%s", value);
    else if (!strcmp(key, "total")) gpu->total = strtoull(value, NULL, 10);
    else if (!strcmp(key, "reserved")) gpu->reserved = strtoull(value, NULL, 10);
    else if (!strcmp(key, "free")) gpu->free = strtoull(value, NULL, 10);
    else if (!strcmp(key, "capability")) sscanf(value, "%d %d", &gpu->major, &gpu->minor);
    else if (!strcmp(key, "display")) gpu->display = atoi(value);
    else if (!strcmp(key, "error")) gpu->error = atoi(value);
    else if (!strcmp(key, "memory_v1")) gpu->memory_v1 = atoi(value);
    else if (!strcmp(key, "process")) read_process(gpu, value);
    else abort();
}

static int read_description(void)
{
    const char *path = getenv("FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[256], key[32];
    int init = SUCCESS, used;
    if (!file)
        return DRIVER_NOT_LOADED;
    memset(gpus, 0, sizeof gpus);
    gpu_count = 0;
    cuda = 0;
    driver[0] = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%31s %n", key, &used) != 1)
            continue;
        const char *value = line + used;
        if (!strcmp(key, "gpu")) gpu_count++;
        else if (!strcmp(key, "init")) init = atoi(value);
        else if (!strcmp(key, "driver")) snprintf(driver, TEXT, "%s", value);
        else if (!strcmp(key, "cuda")) cuda = atoi(value);
        else read_gpu_line(&gpus[gpu_count - 1], key, value);
    }
    fclose(file);
    return init;
}

/* A device is the place in the list, counted from 1, so that NULL is none. */
static Gpu *gpu_of(void *device) { return &gpus[(size_t)device - 1]; }

int nvmlInitWithFlags(unsigned int flags)
{
    int result = read_description();
    (void)flags;
    opened = result == SUCCESS;
    return result;
}

int nvmlShutdown(void)
{
    int was = opened;
    opened = 0;
    return was ? SUCCESS : UNINITIALIZED;
}

const char *nvmlErrorString(int result)
{
    switch (result) {
    case NOT_SUPPORTED: return "Not Supported";
    case NOT_FOUND: return "Not Found";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    case MISMATCH: return "Driver/library version mismatch";
    default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *version, unsigned int length)
{
    snprintf(version, length, "%s", driver);
    return opened ? SUCCESS : UNINITIALIZED;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version)
{
    *version = cuda;
    return cuda ? SUCCESS : NOT_SUPPORTED;
}

int nvmlSystemGetProcessName(unsigned int pid, char *name, unsigned int length)
{
    snprintf(name, length, "/usr/bin/told-by-the-driver-%u", pid);
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned int *count)
{
    *count = gpu_count;
    return opened ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device)
{
    if (index >= gpu_count)
        return INVALID_ARGUMENT;
    *device = (void *)(size_t)(index + 1);
    return gpus[index].error;
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned int length)
{
    snprintf(uuid, length, "%s", gpu_of(device)->uuid);
    return SUCCESS;
}

int nvmlDeviceGetName(void *device, char *name, unsigned int length)
{
    snprintf(name, length, "%s", gpu_of(device)->name);
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(void *device, Memory *memory)
{
    Gpu *gpu = gpu_of(device);
    if (gpu->memory_v1 == 2)
        return NOT_SUPPORTED;
    memory->total = gpu->total;
    memory->free = gpu->free;
    memory->used = gpu->total - gpu->free; /* what the driver keeps counts as used here */
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo_v2(void *device, MemoryV2 *memory)
{
    Gpu *gpu = gpu_of(device);
    if (gpu->memory_v1)
        return gpu->memory_v1 == 2 ? NOT_SUPPORTED : FUNCTION_NOT_FOUND;
    if (memory->version != (sizeof(MemoryV2) | 2U << 24))
        return 25; /* ARGUMENT_VERSION_MISMATCH */
    memory->total = gpu->total;
    memory->reserved = gpu->reserved;
    memory->free = gpu->free;
    memory->used = gpu->total - gpu->reserved - gpu->free;
    return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor)
{
    *major = gpu_of(device)->major;
    *minor = gpu_of(device)->minor;
    return *major ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetDisplayActive(void *device, int *active)
{
    *active = gpu_of(device)->display;
    return SUCCESS;
}

static int tell_processes(Gpu *gpu, int draws, unsigned int *room, Process *processes)
{
    unsigned int count = gpu->counts[draws];
    if (*room < count) {
        *room = count;
        return INSUFFICIENT_SIZE;
    }
    *room = count;
    if (processes)
        memcpy(processes, gpu->processes[draws], count * sizeof(Process));
    return SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, Process *processes)
{
    return tell_processes(gpu_of(device), 0, count, processes);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned int *count, Process *processes)
{
    return tell_processes(gpu_of(device), 1, count, processes);
}
