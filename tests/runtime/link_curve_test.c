#include "runtime/link.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
enum { PATIENCE_MS = 5000, NEVER_MS = 600 };
static const char ANY_PORT[] = "tcp://127.0.0.1:*";

static char folder[64];
static char list[96]; /* the allow-list */
static link_keys_t server, listed, stranger;

static const char *file(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_list(const char *text)
{
    FILE *out = fopen(list, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void list_key(const link_keys_t *keys)
{
    char line[80];
    snprintf(line, sizeof line, "%s client\n", keys->open);
    write_list(line);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- a server and its peers ------------------------------------------------------------
 */

typedef struct {
    link_context_t *context;
    link_t *link;
} server_t;

static server_t open_server(const char *endpoint, bool encrypt_ipc)
{
    fault_t fault = {0};
    link_options_t options = {.encrypt_ipc = encrypt_ipc, .peer_timeout_ms = 500};
    server_t self = {.context = link_context_new(&fault)};
    memcpy(options.secret_key, server.secret, sizeof server.secret);
    assert_int_equal(link_context_admit(self.context, list, &fault), 0);
    self.link = link_bind(self.context, endpoint, &options, &fault);
    if (self.link == NULL) {
        fail_msg("%s", fault.reason);
    }
    return self;
}

static void close_server(server_t *self)
{
    link_destroy(&self->link);
    link_context_destroy(&self->context);
}

/* keys NULL: plain. */
static link_t *open_peer(const server_t *self, const link_keys_t *keys,
                         const char *server_key, bool encrypt_ipc)
{
    fault_t fault = {0};
    link_options_t options = {.encrypt_ipc = encrypt_ipc, .peer_timeout_ms = 500};
    if (keys != NULL) {
        memcpy(options.secret_key, keys->secret, sizeof keys->secret);
        memcpy(options.server_key, server_key, sizeof options.server_key);
    }
    link_t *peer = link_connect(self->context, link_endpoint(self->link), &options, &fault);
    if (peer == NULL) {
        fail_msg("%s", fault.reason);
    }
    return peer;
}

/* Sends until something comes within the time. True: it came, whole. */
static bool gets_through(server_t *self, link_t *peer, int64_t patience_ms)
{
    int64_t end_ms = now_ms() + patience_ms;
    bool is_sent = false;
    while (now_ms() < end_ms) {
        envelope_t beat = {.type = ENVELOPE_HEARTBEAT, .lease = 7};
        envelope_t got;
        uint32_t number;
        is_sent = is_sent || link_send(peer, 0, &beat) == LINK_DONE;
        link_wait(&self->link, 1, NULL, 0, 20, NULL);
        if (link_receive(self->link, &number, &got, NULL) == LINK_DONE) {
            assert_int_equal(got.lease, 7);
            envelope_close(&got);
            return true;
        }
    }
    return false;
}

/* --- who gets in -----------------------------------------------------------------------
 */

static void a_listed_key_gets_in_and_is_told_by_name(void **state)
{
    (void)state;
    list_key(&listed);
    server_t self = open_server(ANY_PORT, false);
    link_t *peer = open_peer(&self, &listed, server.open, false);
    assert_true(link_is_encrypted(self.link) && link_is_encrypted(peer));
    assert_true(gets_through(&self, peer, PATIENCE_MS));
    assert_string_equal(link_user(self.link), listed.open);
    assert_string_equal(link_user(peer), "");
    link_destroy(&peer);
    close_server(&self);
}

static void others_do_not_and_disturb_nobody(void **state)
{
    (void)state;
    list_key(&listed);
    server_t self = open_server(ANY_PORT, false);
    link_t *good = open_peer(&self, &listed, server.open, false);
    link_t *others[] = {
        open_peer(&self, &stranger, server.open, false),   /* an unknown key */
        open_peer(&self, &listed, stranger.open, false),   /* the wrong server key */
        open_peer(&self, &stranger, stranger.open, false), /* both */
        open_peer(&self, NULL, NULL, false),               /* without CURVE */
    };
    assert_true(gets_through(&self, good, PATIENCE_MS));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (gets_through(&self, others[i], NEVER_MS)) {
            fail_msg("peer %zu got in", i);
        }
    }
    assert_true(gets_through(&self, good, PATIENCE_MS));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        link_destroy(&others[i]);
    }
    link_destroy(&good);
    close_server(&self);
}

static void who_is_listed_later_gets_in_without_connecting_anew(void **state)
{
    (void)state;
    write_list("# nobody\n");
    server_t self = open_server(ANY_PORT, false);
    link_t *peer = open_peer(&self, &listed, server.open, false);
    assert_false(gets_through(&self, peer, NEVER_MS));
    list_key(&listed);
    assert_true(gets_through(&self, peer, PATIENCE_MS));
    link_destroy(&peer);
    close_server(&self);
}

static void who_is_listed_no_more_does_not_get_in_again(void **state)
{
    (void)state;
    list_key(&listed);
    server_t self = open_server(ANY_PORT, false);
    link_t *peer = open_peer(&self, &listed, server.open, false);
    assert_true(gets_through(&self, peer, PATIENCE_MS));
    list_key(&stranger);
    assert_true(
        gets_through(&self, peer, PATIENCE_MS)); /* who is in is the guard's matter */
    link_destroy(&peer);
    peer = open_peer(&self, &listed, server.open, false);
    assert_false(gets_through(&self, peer, NEVER_MS));
    link_destroy(&peer);
    close_server(&self);
}

static void ipc_is_encrypted_on_request(void **state)
{
    (void)state;
    list_key(&listed);
    for (int encrypt = 0; encrypt < 2; encrypt++) {
        char endpoint[160];
        snprintf(endpoint, sizeof endpoint, "ipc://%s", file(encrypt ? "closed" : "open"));
        server_t self = open_server(endpoint, encrypt);
        link_t *peer = open_peer(&self, &listed, server.open, encrypt);
        link_t *plain = open_peer(&self, NULL, NULL, false);
        assert_int_equal(link_is_encrypted(self.link), encrypt);
        assert_true(gets_through(&self, peer, PATIENCE_MS));
        assert_string_equal(link_user(self.link), encrypt ? listed.open : "");
        assert_int_equal(gets_through(&self, plain, NEVER_MS), !encrypt);
        link_destroy(&plain);
        link_destroy(&peer);
        close_server(&self);
    }
}

static void what_is_unsent_at_the_end_still_arrives(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    list_key(&listed);
    server_t self = open_server(ANY_PORT, false);
    link_t *peer = open_peer(&self, &listed, server.open, false);
    assert_true(gets_through(&self, peer, PATIENCE_MS));
    for (int i = 0; i < COUNT; i++) {
        envelope_t put = {.type = ENVELOPE_PUT, .sequence = 1, .body = blob_new(8192)};
        memset(blob_edit(put.body), 'x', 8192);
        envelope_set_label(&put, "a", 1);
        assert_int_equal(link_send(peer, 0, &put), LINK_DONE);
        envelope_close(&put);
    }
    link_destroy(&peer);
    int count = 0;
    for (int64_t end_ms = now_ms() + PATIENCE_MS; count < COUNT && now_ms() < end_ms;) {
        envelope_t got;
        uint32_t number;
        link_wait(&self.link, 1, NULL, 0, 20, NULL);
        if (link_receive(self.link, &number, &got, NULL) == LINK_DONE) {
            assert_int_equal(blob_len(got.body), 8192);
            envelope_close(&got);
            count++;
        }
    }
    assert_int_equal(count, COUNT);
    close_server(&self);
}

/* --- strangers on the port -------------------------------------------------------------
 */

static int raw_connect(const char *endpoint)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void broken_handshakes_disturb_nobody(void **state)
{
    (void)state;
    enum { GREETING = 64, HELLO = 200 };
    /* ZMTP 3.1: greeting, then HELLO of CURVE, here without a meaning */
    uint8_t speech[GREETING + 2 + HELLO] = {0xff, 0, 0, 0,   0,   0,   0,   0,  0,
                                            0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
    memcpy(speech + GREETING, "\x04\xc8\x05HELLO\x01", 9);
    list_key(&listed);
    server_t self = open_server(ANY_PORT, false);
    link_t *good = open_peer(&self, &listed, server.open, false);
    for (size_t len = 0; len <= sizeof speech; len++) {
        int fd = raw_connect(link_endpoint(self.link));
        send(fd, speech, len, MSG_NOSIGNAL);
        close(fd);
    }
    assert_true(gets_through(&self, good, PATIENCE_MS));
    link_destroy(&good);
    close_server(&self);
}

/* --- what is refused before a socket is opened -----------------------------------------
 */

static void an_encrypted_door_needs_an_allow_list(void **state)
{
    (void)state;
    fault_t fault = {0};
    link_options_t options = {0};
    memcpy(options.secret_key, server.secret, sizeof server.secret);
    link_context_t *context = link_context_new(&fault);
    assert_null(link_bind(context, ANY_PORT, &options, &fault));
    assert_non_null(strstr(fault.reason, "without an allow-list"));
    fault_clear(&fault);
    write_list("x\n");
    assert_int_equal(link_context_admit(context, list, &fault), -1);
    assert_non_null(strstr(fault.reason, "line 1"));
    link_context_destroy(&context);
}

static void encrypted_tcp_may_leave_the_loopback(void **state)
{
    (void)state;
    fault_t fault = {0};
    link_options_t options = {0};
    link_context_t *context = link_context_new(&fault);
    assert_null(link_connect(context, "tcp://10.0.0.1:7001", &options, &fault));
    assert_non_null(strstr(fault.reason, "plain tcp"));
    memcpy(options.secret_key, listed.secret, sizeof listed.secret);
    memcpy(options.server_key, server.open, sizeof server.open);
    link_t *peer = link_connect(context, "tcp://10.0.0.1:7001", &options, &fault);
    assert_non_null(peer);
    link_destroy(&peer);
    link_context_destroy(&context);
}

/* --- key files -------------------------------------------------------------------------
 */

static void a_pair_is_written_once_and_read_back(void **state)
{
    (void)state;
    struct stat info;
    fault_t fault = {0};
    link_keys_t read;
    char key[LINK_KEY_LEN + 1];
    umask(0);
    assert_int_equal(link_keys_write(file("a.secret"), listed.secret, true, &fault), 0);
    assert_int_equal(stat(file("a.secret"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(link_keys_load(&read, file("a.secret"), &fault), 0);
    assert_memory_equal(&read, &listed, sizeof read);
    assert_int_equal(link_keys_write(file("a.public"), listed.open, false, &fault), 0);
    assert_int_equal(link_keys_load_public(key, file("a.public"), &fault), 0);
    assert_string_equal(key, listed.open);
    assert_int_equal(link_keys_write(file("a.secret"), server.secret, true, &fault), -1);
    assert_non_null(strstr(fault.reason, "never overwritten"));
    assert_int_equal(link_keys_load(&read, file("a.secret"), NULL), 0);
    assert_string_equal(read.secret, listed.secret);
    link_keys_forget(&read);
    assert_string_equal(read.secret, "");
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        int rc;
    } cases[] = {{0600, 0},  {0400, 0},  {0640, -1}, {0604, -1},
                 {0644, -1}, {0610, -1}, {0620, -1}, {0602, -1}};
    assert_int_equal(link_keys_write(file("mode"), listed.secret, true, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        link_keys_t read;
        char mode[8];
        snprintf(mode, sizeof mode, "%04o", cases[i].mode);
        assert_int_equal(chmod(file("mode"), cases[i].mode), 0);
        assert_int_equal(link_keys_load(&read, file("mode"), &fault), cases[i].rc);
        assert_true(cases[i].rc == 0 || (strstr(fault.reason, "chmod 600 ") != NULL &&
                                         strstr(fault.reason, mode) != NULL));
    }
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "x",
                                        "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9e",
                                        "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9epp",
                                        "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9e\"",
                                        " 27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep",
                                        "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep\nmore"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char key[LINK_KEY_LEN + 1];
        fault_t fault = {0};
        FILE *out = fopen(file("bad"), "w");
        fputs(texts[i], out);
        fclose(out);
        assert_int_equal(link_keys_load_public(key, file("bad"), &fault), -1);
        assert_non_null(strstr(fault.reason, "/bad: no key"));
    }
    fault_t fault = {0};
    link_keys_t read;
    assert_int_equal(link_keys_load(&read, file("none"), &fault), -1);
    assert_non_null(strstr(fault.reason, "/none: cannot be opened"));
    fault_clear(&fault);
    assert_int_equal(link_keys_load(&read, folder, &fault), -1);
    assert_non_null(strstr(fault.reason, "no regular file"));
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-curve-XXXXXX");
    if (mkdtemp(folder) == NULL || link_keys_make(&server, NULL) != 0 ||
        link_keys_make(&listed, NULL) != 0 || link_keys_make(&stranger, NULL) != 0) {
        return -1;
    }
    snprintf(list, sizeof list, "%s/allow", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_key_gets_in_and_is_told_by_name),
        cmocka_unit_test(others_do_not_and_disturb_nobody),
        cmocka_unit_test(who_is_listed_later_gets_in_without_connecting_anew),
        cmocka_unit_test(who_is_listed_no_more_does_not_get_in_again),
        cmocka_unit_test(ipc_is_encrypted_on_request),
        cmocka_unit_test(what_is_unsent_at_the_end_still_arrives),
        cmocka_unit_test(broken_handshakes_disturb_nobody),
        cmocka_unit_test(an_encrypted_door_needs_an_allow_list),
        cmocka_unit_test(encrypted_tcp_may_leave_the_loopback),
        cmocka_unit_test(a_pair_is_written_once_and_read_back),
        cmocka_unit_test(a_secret_that_others_can_read_is_refused),
        cmocka_unit_test(what_is_no_key_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
