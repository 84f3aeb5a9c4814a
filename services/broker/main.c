/* nutgraf-broker: the shell around the broker; sockets, disk, clock and signals. */
#include "broker/broker.h"
#include "broker/doors.h"
#include "broker/store.h"
#include "runtime/broker_options.h"
#include "runtime/environment.h"
#include "runtime/log.h"
#include "runtime/pipeline.h"
#include "runtime/place.h"

#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { EXIT_USAGE = 2, EXIT_CONFIG = 3 };
enum { LITTLE_ROOM_BYTES = 1 << 20 }; /* so little is as good as none */
enum { KEEP_ROOM_BYTES = 32 << 20 };  /* finished articles go when there is less room */
enum { TABLE_BYTES = 1 << 20, SPARE_BYTES = 16 << 20 }; /* see tune_memory */
enum { TURN = 256 };         /* messages from one door before the others get theirs */
enum { GATHER_NS = 150000 }; /* how long what comes waits at most while a commit runs */

typedef struct {
    config_t *options;
    pipeline_t *route;
    store_t *store;
    doors_t *doors;
    broker_t *broker;
    int64_t clock_offset_ms; /* Unix time less monotonic time, when the program began */
} shell_t;

static volatile sig_atomic_t is_ending;

static void on_signal(int number)
{
    (void)number;
    is_ending = 1;
}

/* Unix time that no jump of the clock disturbs while the program runs. */
static int64_t clock_ms(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t now_ms(const shell_t *self)
{
    return self->clock_offset_ms + clock_ms(CLOCK_MONOTONIC);
}

/* --- the broker's way out --- */

static bool send_to(void *context, uint64_t peer, const envelope_t *message)
{
    shell_t *self = context;
    return doors_send(self->doors, peer, message);
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    return store_read_body(((shell_t *)context)->store, id, fault);
}

static char *read_note(void *context, uint64_t job)
{
    return store_read_note(((shell_t *)context)->store, job);
}

static blob_t *read_start(void *context, uint64_t id, size_t len)
{
    return store_read_start(((shell_t *)context)->store, id, len);
}

/* --- starting --- */

typedef struct {
    broker_t *broker;
    fault_t *fault;
    uint64_t jobs, known;
} replay_t;

static int restore_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    replay_t *replay = context;
    replay->jobs++;
    return broker_restore_job(replay->broker, id, record, replay->fault);
}

static int restore_known(void *context, uint64_t serial, const uint8_t key[16],
                         int64_t until_ms)
{
    replay_t *replay = context;
    replay->known++;
    return broker_restore_known(replay->broker, serial, key, until_ms, replay->fault);
}

static int restore(shell_t *self, fault_t *fault)
{
    static const store_visitor_t visitor = {restore_job, restore_known};
    replay_t replay = {.broker = self->broker, .fault = fault};
    if (store_replay(self->store, &visitor, &replay, fault) != 0) {
        return -1;
    }
    broker_restore_bodies(self->broker, store_last_body(self->store));
    broker_restored(self->broker, now_ms(self));
    log_event(LOG_INFO, "store read", "jobs", LOG_INT(replay.jobs), "known_ids",
              LOG_INT(replay.known), NULL);
    return 0;
}

static broker_limits_t limits_of(const config_t *options)
{
    return (broker_limits_t){
        .body_max = (uint64_t)config_int(options, "body_max_mb") << 20,
        .window = (uint32_t)config_int(options, "window"),
        .window_kib = (uint32_t)config_int(options, "window_mb") << 10,
        .cache_bytes = (uint64_t)config_int(options, "cache_mb") << 20,
        .heartbeat_ms = config_int(options, "heartbeat_ms"),
        .full_retry_ms = (uint32_t)config_int(options, "full_retry_ms"),
        .known_ms = (int64_t)(config_real(options, "known_days") * 86400000.0),
        .known_max = (size_t)config_int(options, "known_max"),
        .keep_ms = (int64_t)(config_real(options, "keep_days") * 86400000.0),
        .keep_max = (size_t)config_int(options, "keep_max"),
        .keep_room_bytes = KEEP_ROOM_BYTES,
    };
}

/* Room is what the disk has, less a part for others and one for acknowledgements; a broker
 * that starts without any answers FULL to every submission, which nobody would expect. */
static void tell_room(const shell_t *self)
{
    uint64_t room = store_room(self->store);
    if (room < LITTLE_ROOM_BYTES) {
        log_event(LOG_WARN,
                  "no room for new articles: the disk has too little left, or store_mb is "
                  "reached; submissions are answered FULL",
                  "store", LOG_TEXT(config_text(self->options, "store")), "store_mb",
                  LOG_INT(config_int(self->options, "store_mb")), "room_mb",
                  LOG_INT(room >> 20), "used_mb",
                  LOG_INT(store_disk_bytes(self->store) >> 20), "for_answers_mb",
                  LOG_INT((store_room_kept(self->store) - room) >> 20), NULL);
    }
}

static int open_store(shell_t *self, fault_t *fault)
{
    store_options_t where = {.path = config_text(self->options, "store"),
                             .map_bytes = (uint64_t)config_int(self->options, "store_mb")
                                          << 20};
    broker_limits_t limits = limits_of(self->options);
    broker_world_t world = {self, send_to, read_body, read_note, read_start};

    self->store = store_open(&where, fault);
    uint64_t epoch = self->store == NULL ? 0 : store_next_epoch(self->store, fault);
    if (epoch == 0) {
        return -1;
    }
    self->broker = broker_new(self->route, &limits, &world, epoch, now_ms(self));
    if (self->broker == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for the broker");
        return -1;
    }
    tell_room(self);
    broker_measured(self->broker, store_disk_bytes(self->store), store_room(self->store));
    broker_can_grow(self->broker, store_reach(self->store));
    return restore(self, fault);
}

static void check_environment(const shell_t *self)
{
    environment_set_t own = {.prefix = "broker"};
    own.options = broker_options_table(&own.count);
    environment_check(&own, 1, self->route);
}

static int start(shell_t *self, const char *config_dir, fault_t *fault)
{
    char path[4096 + sizeof "/pipeline.json"];
    snprintf(path, sizeof path, "%s/pipeline.json", config_dir);
    self->clock_offset_ms = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_MONOTONIC);
    self->options = broker_options_load(config_dir, fault);
    self->route = self->options == NULL ? NULL : pipeline_load(path, fault);
    if (self->route == NULL) {
        return -1;
    }
    check_environment(self);
    if (open_store(self, fault) != 0) {
        return -1;
    }
    self->doors = doors_open(self->options, fault);
    return self->doors != NULL ? 0 : -1;
}

static void stop(shell_t *self)
{
    doors_destroy(&self->doors);
    broker_destroy(&self->broker);
    store_destroy(&self->store);
    pipeline_destroy(&self->route);
    config_destroy(&self->options);
}

/* --- running --- */

static void refuse(shell_t *self, uint64_t peer, const envelope_t *header, uint32_t code,
                   const fault_t *fault)
{
    if (peer != 0) {
        log_event(LOG_WARN, "message refused", "reason", LOG_TEXT(fault->reason), NULL);
        broker_refuse(self->broker, peer, header, code, fault->reason);
    }
}

static uint32_t code_of(const envelope_t *message, const fault_t *fault)
{
    bool has_article = message->type == ENVELOPE_PUT || message->type == ENVELOPE_RESULT;
    if (fault->kind == FAULT_RETRY) {
        return ENVELOPE_CODE_FULL; /* no memory */
    }
    return has_article ? ENVELOPE_CODE_TOO_BIG : ENVELOPE_CODE_INVALID;
}

/* Takes a turn's messages from one door. */
static void receive_from(shell_t *self, int door)
{
    for (int i = 0; i < TURN; i++) {
        envelope_t message = {0};
        fault_t fault = {0};
        uint64_t peer = 0;
        uint32_t code = 0;
        link_outcome_t outcome = doors_receive(self->doors, door, &peer, &message, &fault);
        if (outcome != LINK_DONE && outcome != LINK_FAULT) {
            return;
        }
        if (outcome == LINK_FAULT) {
            code = code_of(&message, &fault);
        } else if (!doors_admit(self->doors, door, now_ms(self),
                                broker_stage_served(self->broker, peer), &message,
                                &fault)) {
            code = ENVELOPE_CODE_DENIED;
        }
        if (code == 0) {
            broker_receive(self->broker, now_ms(self), peer, &message);
        } else {
            refuse(self, peer, &message, code, &fault);
        }
        envelope_close(&message);
    }
}

/* 0, or -1 with a fault: the disk failed, and nothing may be confirmed any more. */
static int finish_commit(shell_t *self, fault_t *fault)
{
    int ended = store_finish(self->store, fault);
    if (ended == 1) {
        broker_can_grow(self->broker, store_reach(self->store));
        broker_committed(self->broker, now_ms(self), store_disk_bytes(self->store),
                         store_room(self->store), store_commit_seconds(self->store));
    }
    return ended < 0 ? -1 : 0;
}

static void start_commit(shell_t *self)
{
    store_batch_t *batch = broker_take_batch(self->broker);
    if (batch != NULL) {
        store_commit(self->store, &batch);
    }
}

/* What has come is heard before anyone is found silent: the turn before may have been long.
 */
static int take_turn(shell_t *self, int64_t wait_ms, fault_t *fault)
{
    bool ready[DOORS + 1] = {0};
    if (doors_wait(self->doors, store_fd(self->store), wait_ms, ready) != 0) {
        return 0; /* a signal */
    }
    if (ready[DOORS] && finish_commit(self, fault) != 0) {
        return -1;
    }
    for (int i = 0; i < DOORS; i++) {
        if (ready[i]) {
            receive_from(self, i);
        }
    }
    return 0;
}

/* While a commit runs hardly any answer can be given: what comes meanwhile is taken in few
 * turns, which costs less than a turn for each message. */
static void gather(const shell_t *self)
{
    const struct timespec most = {.tv_nsec = GATHER_NS};
    struct pollfd end = {.fd = store_fd(self->store), .events = POLLIN};
    if (broker_is_committing(self->broker)) {
        (void)ppoll(&end, 1, &most, NULL); /* a signal is seen by the next turn */
    }
}

static int serve(shell_t *self, fault_t *fault)
{
    int64_t next_ms = 0;
    while (!is_ending) {
        gather(self);
        int64_t wait_ms = next_ms - now_ms(self);
        if (take_turn(self, wait_ms > 0 ? wait_ms : 0, fault) != 0) {
            return -1;
        }
        next_ms = broker_tick(self->broker, now_ms(self));
        start_commit(self);
    }
    return 0;
}

static int wait_for_commit(shell_t *self, fault_t *fault)
{
    const int fd = store_fd(self->store);
    while (broker_is_committing(self->broker)) {
        if (link_wait(NULL, 0, &fd, 1, -1, NULL) == 0 && finish_commit(self, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Says BYE and writes what was still being gathered. */
static int wind_up(shell_t *self, fault_t *fault)
{
    broker_stop(self->broker);
    do {
        if (wait_for_commit(self, fault) != 0) {
            return -1;
        }
        start_commit(self);
    } while (broker_is_committing(self->broker));
    return 0;
}

static int run(const char *config_dir)
{
    shell_t self = {0};
    fault_t fault = {0};
    int status = EXIT_CONFIG;
    if (start(&self, config_dir, &fault) == 0) {
        status = EXIT_FAILURE;
        log_event(LOG_INFO, "broker ready", NULL);
        if (serve(&self, &fault) == 0 && wind_up(&self, &fault) == 0) {
            log_event(LOG_INFO, "broker ended", NULL);
            status = EXIT_SUCCESS;
        }
    }
    if (fault.kind != FAULT_NONE) {
        log_event(LOG_ERROR, "broker stopped", "reason", LOG_TEXT(fault.reason), NULL);
    }
    stop(&self);
    return status;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write, and is told */
}

/* Tables that have outgrown their memory give it back; bodies stay in the heap, which need
 * not shrink and grow with each. */
static void tune_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, TABLE_BYTES);
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES);
}

/* Each peer costs a descriptor. */
static void raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static const char help[] =
    "NAME\n"
    "    nutgraf-broker - keeps articles on disk and hands them to the stages\n"
    "\n"
    "SYNOPSIS\n"
    "    nutgraf-broker [--config DIR]\n"
    "\n"
    "DESCRIPTION\n"
    "    Opens three doors (submitters, workers, clients), takes articles in, and hands\n"
    "    each to the stages of pipeline.json in turn. An article is confirmed when it is\n"
    "    on disk; after a crash or a restart the broker goes on where it stood. SIGTERM\n"
    "    ends it when the last change is on disk.\n"
    "    With security curve, doors on tcp are encrypted and open to the keys of the\n"
    "    allow-list alone, each for its roles; `nutgraf keygen` makes keys and list, and "
    "a\n"
    "    change of the list holds at once.\n"
    "\n"
    "OPTIONS\n"
    "    --config DIR    the folder of broker.json and pipeline.json\n"
    "    --help          this text\n"
    "    --version       the version of the protocol\n"
    "\n"
    "ENVIRONMENT\n"
    "    NUTGRAF_CONFIG           the same as --config\n"
    "    NUTGRAF_BROKER_<KEY>     an option of broker.json, before the file's\n"
    "    NUTGRAF_LOG              debug, info, warn or error\n"
    "\n"
    "EXIT STATUS\n"
    "    0    ended by SIGTERM or SIGINT\n"
    "    1    the disk failed; nothing is confirmed that is not on it\n"
    "    2    a command line that is not understood\n"
    "    3    configuration, store or endpoints are not usable; the log says why\n";

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {0}};
    char config_dir[4096] = "";
    for (int word; (word = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (word) {
        case 'c':
            snprintf(config_dir, sizeof config_dir, "%s", optarg);
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_SUCCESS;
        case 'v':
            printf("nutgraf-broker, protocol %d\n", ENVELOPE_VERSION);
            return EXIT_SUCCESS;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "nutgraf-broker: \"%s\" is not understood; try --help\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    log_open("broker");
    catch_signals();
    raise_limits();
    tune_memory();
    fault_t fault = {0};
    if (config_dir[0] == '\0' && place_config(config_dir, sizeof config_dir, &fault) != 0) {
        log_event(LOG_ERROR, "broker cannot start", "reason", LOG_TEXT(fault.reason), NULL);
        return EXIT_CONFIG;
    }
    return run(config_dir);
}
