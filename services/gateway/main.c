/* nutgraf-gateway: articles and results over HTTP, and the page. */
#include "gateway/check.h"
#include "gateway/gateway.h"
#include "gateway/intake.h"
#include "gateway/options.h"
#include "runtime/log.h"
#include "runtime/moment.h"
#include "runtime/place.h"

#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { EXIT_USAGE = 2, EXIT_CONFIG = 3 };
enum {
    TURN_MS = 100,      /* the longest pause of the loop … */
    BUSY_MS = 10,       /* … while something is under way */
    PATIENCE_MS = 20000 /* at the end, for requests under way */
};

static volatile sig_atomic_t is_asked_to_end;

static void on_signal(int number)
{
    (void)number;
    is_asked_to_end = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* Each connection costs a descriptor. */
static void raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* --- beginning ------------------------------------------------------------------------ */

static int open_metrics(gateway_t *self)
{
    self->metrics = metrics_new();
    self->seconds =
        metrics_histogram(self->metrics, "nutgraf_http_seconds", "",
                          "time from a request's head to the end of its answer");
    self->limited = metrics_counter(self->metrics, "nutgraf_http_limited_total", "",
                                    "requests over the rate of their token");
    self->keys = keys_new();
    return self->metrics != NULL && self->keys != NULL ? 0 : -1;
}

static int open_broker(gateway_t *self, fault_t *fault)
{
    const settings_t *settings = &self->settings;
    if (settings_keys(&self->settings, fault) != 0) {
        return -1;
    }
    self->session = session_new(settings->context, settings_endpoint(settings, "ingest"),
                                &settings->link, intake_settled, NULL, fault);
    self->questions = questions_new(settings->context, settings_endpoint(settings, "admin"),
                                    &settings->link, fault);
    if (self->session == NULL || self->questions == NULL) {
        return -1;
    }
    session_give_up_early(self->session);
    return 0;
}

static int open_tokens(gateway_t *self, fault_t *fault)
{
    const config_t *options = self->options;
    self->tokens = tokens_load(config_text(options, "tokens"), config_real(options, "rate"),
                               config_real(options, "burst"), fault);
    return self->tokens != NULL ? 0 : -1;
}

static int open_server(gateway_t *self, fault_t *fault)
{
    const config_t *options = self->options;
    const server_options_t server = {
        .address = config_text(options, "address"),
        .port = (uint16_t)config_int(options, "port"),
        .connections = (unsigned)config_int(options, "connections"),
        .connections_per_ip = (unsigned)config_int(options, "connections_per_ip"),
        .body_max = settings_body_max(&self->settings),
        .bodies_max = (size_t)config_int(options, "bodies_mb") << 20,
        .head_ms = config_int(options, "head_ms"),
        .body_ms = config_int(options, "body_ms"),
    };
    if (open_tokens(self, fault) != 0) {
        return -1;
    }
    self->server = server_new(&server, &gateway_hooks, self, fault);
    return self->server != NULL ? 0 : -1;
}

static int open_options(gateway_t *self, fault_t *fault)
{
    if (settings_init(&self->settings, fault) != 0) {
        return -1;
    }
    self->options = options_load(self->settings.folder, fault);
    return self->options != NULL ? options_check(self->options, fault) : -1;
}

static int open_all(gateway_t *self, fault_t *fault)
{
    if (open_options(self, fault) != 0) {
        return -1;
    }
    self->route = settings_pipeline(&self->settings, &(fault_t){0});
    if (open_metrics(self) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory to start");
        return -1;
    }
    return open_broker(self, fault) == 0 ? open_server(self, fault) : -1;
}

static void close_all(gateway_t *self)
{
    server_destroy(&self->server);
    session_destroy(&self->session);
    questions_destroy(&self->questions);
    gateway_end_tasks(self);
    tokens_destroy(&self->tokens);
    keys_destroy(&self->keys);
    metrics_destroy(&self->metrics);
    config_destroy(&self->options);
    pipeline_destroy(&self->route);
    settings_close(&self->settings);
}

/* --- working -------------------------------------------------------------------------- */

static void refresh_tokens(gateway_t *self)
{
    fault_t fault = {0};
    int rc = tokens_refresh(self->tokens, &fault);
    if (rc > 0 && tokens_count(self->tokens) == 0) {
        log_event(LOG_WARN, "no token is left; nobody may enter", NULL);
    } else if (rc > 0) {
        log_event(LOG_INFO, "tokens read again", "count",
                  LOG_INT(tokens_count(self->tokens)), NULL);
    } else if (rc < 0) {
        log_event(LOG_WARN, "tokens stay as they were", "reason", LOG_TEXT(fault.reason),
                  NULL);
    }
}

static void wait_for_work(const gateway_t *self)
{
    link_t *const links[] = {session_link(self->session), questions_link(self->questions)};
    const int fds[] = {server_fd(self->server)};
    bool is_busy = session_count(self->session) > 0 || self->tasks != NULL;
    int64_t wait_ms = server_timeout_ms(self->server);
    int64_t most_ms = is_busy ? BUSY_MS : TURN_MS;
    link_wait(links, 2, fds, 1, wait_ms < most_ms ? wait_ms : most_ms, NULL);
}

/* One turn: 0, or -1 with a fault when the broker will never have us. */
static int turn(gateway_t *self, fault_t *fault)
{
    int64_t now_ms = moment_ms();
    self->now_ms = now_ms;
    server_run(self->server, now_ms);
    gateway_turn(self, now_ms);
    if (session_step(self->session, 0, fault) != 0 ||
        questions_step(self->questions, fault) != 0) {
        return -1;
    }
    gateway_turn(self, now_ms);
    server_run(self->server, now_ms);
    return 0;
}

static int work(gateway_t *self, fault_t *fault)
{
    int64_t refreshed_ms = 0;
    while (!is_asked_to_end) {
        wait_for_work(self);
        if (turn(self, fault) != 0) {
            return -1;
        }
        if (self->now_ms - refreshed_ms > 1000) {
            refreshed_ms = self->now_ms;
            refresh_tokens(self);
        }
    }
    return 0;
}

/* No new connections; those that are there get their answers. */
static void drain(gateway_t *self)
{
    fault_t fault = {0};
    int64_t until_ms = moment_ms() + PATIENCE_MS;
    self->is_ending = true;
    server_quiesce(self->server);
    while (server_requests(self->server) > 0 && moment_ms() < until_ms &&
           turn(self, &fault) == 0) {
        wait_for_work(self);
    }
}

static int run(void)
{
    gateway_t self = {0};
    fault_t fault = {0};
    if (open_all(&self, &fault) != 0) {
        log_event(LOG_ERROR, "gateway cannot start", "reason", LOG_TEXT(fault.reason),
                  NULL);
        close_all(&self);
        return EXIT_CONFIG;
    }
    log_event(LOG_INFO, "gateway listens", "address",
              LOG_TEXT(config_text(self.options, "address")), "port",
              LOG_INT(server_port(self.server)), "tokens",
              LOG_INT(tokens_are_open(self.tokens) ? 0 : tokens_count(self.tokens)), NULL);
    int rc = work(&self, &fault);
    if (rc != 0) {
        log_event(LOG_ERROR, "gateway ends", "reason", LOG_TEXT(fault.reason), NULL);
    }
    drain(&self);
    log_event(LOG_INFO, "gateway ended", NULL);
    close_all(&self);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* All that starting needs, but the broker. */
static int check(void)
{
    gateway_t self = {0};
    fault_t fault = {0};
    int rc = open_options(&self, &fault) == 0 && open_tokens(&self, &fault) == 0
                 ? check_port(self.options, &fault)
                 : -1;
    if (rc != 0) {
        fprintf(stderr, "%s\n", fault.reason);
    }
    close_all(&self);
    return rc == 0 ? EXIT_SUCCESS : EXIT_CONFIG;
}

static const char help[] =
    "NAME\n"
    "    nutgraf-gateway - articles and results over HTTP, and a page to look at them\n"
    "\n"
    "SYNOPSIS\n"
    "    nutgraf-gateway [--check] [--config DIR]\n"
    "\n"
    "DESCRIPTION\n"
    "    Takes articles by POST /v1/articles and answers 202 when the broker has them on\n"
    "    disk; tells by GET where each is and what became of it. The page at / shows\n"
    "    queues, workers and dead letters, and lets you try an article. All that it\n"
    "    speaks stands in /openapi.json. SIGTERM ends it when the requests under way are\n"
    "    answered.\n"
    "\n"
    "OPTIONS\n"
    "    --check         ends at once: 0 if it could start with this configuration, else "
    "3\n"
    "    --config DIR    the folder of gateway.json and broker.json\n"
    "    --help          this text\n"
    "    --version       the version of the protocol\n"
    "\n"
    "CONFIGURATION (gateway.json, or from the environment)\n";

static const char help_end[] =
    "\n"
    "EXIT STATUS\n"
    "    0    ended by SIGTERM or SIGINT\n"
    "    1    the broker refuses this gateway\n"
    "    2    a command line that is not understood\n"
    "    3    configuration, tokens or address are not usable; the log says why\n";

static void print_help(void)
{
    fputs(help, stdout);
    options_print_help(stdout);
    fputs(help_end, stdout);
}

int main(int argc, char **argv)
{
    static const struct option words[] = {{"check", no_argument, NULL, 'k'},
                                          {"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {0}};
    bool is_check = false;
    for (int word; (word = getopt_long(argc, argv, "", words, NULL)) != -1;) {
        switch (word) {
        case 'k':
            is_check = true;
            break;
        case 'c':
            setenv("NUTGRAF_CONFIG", optarg, 1);
            break;
        case 'h':
            print_help();
            return EXIT_SUCCESS;
        case 'v':
            printf("nutgraf-gateway, protocol %d\n", ENVELOPE_VERSION);
            return EXIT_SUCCESS;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "nutgraf-gateway: \"%s\" is not understood; try --help\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    log_open("gateway");
    catch_signals();
    raise_limits();
    if (sodium_init() < 0) {
        return EXIT_CONFIG;
    }
    return is_check ? check() : run();
}
