#include "deliver/ledger.h"

#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 5000 };

static char folder[] = "/tmp/nutgraf-ledger-XXXXXX";
static int sync_errno; /* not 0: the next fdatasync fails so */
static int sync_count;

/* Stands before the C library's. */
int fdatasync(int fd)
{
    sync_count++;
    if (sync_errno != 0) {
        errno = sync_errno;
        sync_errno = 0;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static int enter_folder(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    setenv("NUTGRAF_LOG", "error", 1);
    log_open("test");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static int forget_files(void **state)
{
    (void)state;
    unlink("r.jsonl");
    unlink("r.jsonl.keys");
    return 0;
}

static ledger_t *open_ledger(void)
{
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", true, TIMEOUT_MS, &fault);
    if (ledger == NULL) {
        fail_msg("%s", fault.reason);
    }
    return ledger;
}

static int append(ledger_t *ledger, const char *id, fault_t *fault)
{
    char row[200];
    int len = snprintf(row, sizeof row, "{\"id\":\"%s\",\"clean\":{\"text\":\"x\"}}", id);
    fault_clear(fault);
    return ledger_append(ledger, row, (size_t)len, fault);
}

static char *content(void)
{
    static char bytes[1 << 16];
    FILE *file = fopen("r.jsonl", "rb");
    assert_non_null(file);
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
    fclose(file);
    return bytes;
}

static void put(const char *bytes, size_t len)
{
    FILE *file = fopen("r.jsonl", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static off_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

#define ROW(id) "{\"id\":\"" id "\",\"clean\":{\"text\":\"x\"}}\n"

/* --- once ----------------------------------------------------------------------------- */

static void writes_a_row_once(void **state)
{
    (void)state;
    fault_t fault;
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    assert_int_equal(append(ledger, "b", &fault), 1);
    assert_int_equal(append(ledger, "a", &fault), 0);
    ledger_destroy(&ledger);
    assert_null(ledger);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b"));

    ledger = open_ledger();
    assert_int_equal(ledger_count(ledger), 2);
    assert_int_equal(append(ledger, "b", &fault), 0);
    assert_int_equal(append(ledger, "c", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b") ROW("c"));
}

static void writes_another_row_of_an_id_beside_the_first(void **state)
{
    (void)state;
    static const char again[] = "{\"id\":\"a\",\"clean\":{\"text\":\"y\"}}";
    fault_t fault = {0};
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    assert_int_equal(ledger_append(ledger, again, strlen(again), &fault), 1);
    assert_int_equal(ledger_append(ledger, again, strlen(again), &fault), 0);
    assert_int_equal(append(ledger, "a", &fault), 0);
    ledger_destroy(&ledger);
    ledger = open_ledger();
    assert_int_equal(ledger_count(ledger), 2);
    assert_int_equal(ledger_append(ledger, again, strlen(again), &fault), 0);
    ledger_destroy(&ledger);
}

static void writes_a_row_once_from_two_ledgers(void **state)
{
    (void)state;
    fault_t fault;
    ledger_t *one = open_ledger();
    ledger_t *two = open_ledger();
    assert_int_equal(append(one, "a", &fault), 1);
    assert_int_equal(append(two, "a", &fault), 0);
    assert_int_equal(append(two, "b", &fault), 1);
    assert_int_equal(append(one, "b", &fault), 0);
    ledger_destroy(&one);
    ledger_destroy(&two);
    assert_string_equal(content(), ROW("a") ROW("b"));
}

static void child_appends(void)
{
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", true, 60000, &fault);
    int failures = ledger == NULL;
    for (int i = 0; i < 200 && failures == 0; i++) {
        char id[20];
        snprintf(id, sizeof id, "%d", i);
        failures += append(ledger, id, &fault) < 0;
    }
    ledger_destroy(&ledger);
    _exit(failures);
}

static void writes_a_row_once_from_many_processes(void **state)
{
    (void)state;
    enum { CHILDREN = 4 };
    pid_t children[CHILDREN];
    for (size_t i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            child_appends();
        }
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    size_t lines = 0;
    for (const char *c = content(); *c != '\0'; c++) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 200);
    ledger_t *ledger = open_ledger();
    assert_int_equal(ledger_count(ledger), 200);
    ledger_destroy(&ledger);
}

static void makes_the_folders_to_the_file(void **state)
{
    (void)state;
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("var/new/r.jsonl", true, TIMEOUT_MS, &fault);
    assert_non_null(ledger);
    assert_int_equal(size_of("var/new/r.jsonl"), 0);
    ledger_destroy(&ledger);
}

static void leaves_no_empty_file_where_there_was_none(void **state)
{
    (void)state;
    fault_t fault = {0};
    ledger_t *one = ledger_open("none.jsonl", true, TIMEOUT_MS, &fault);
    ledger_t *two = ledger_open("none.jsonl", true, TIMEOUT_MS, &fault);
    ledger_destroy(&one);
    assert_int_not_equal(access("none.jsonl", F_OK), 0);
    assert_int_equal(ledger_append(two, "{}", 2, &fault), 1); /* into a new one */
    ledger_destroy(&two);
    assert_int_equal(size_of("none.jsonl"), 3);

    put("", 0);
    one = open_ledger();
    ledger_destroy(&one);
    assert_int_equal(size_of("r.jsonl"), 0); /* this one was there */
}

/* --- torn rows ------------------------------------------------------------------------ */

static void takes_out_a_row_torn_at_any_byte(void **state)
{
    (void)state;
    static const char rows[] = ROW("a") ROW("b");
    size_t first = strlen(ROW("a")), second = strlen(ROW("b"));
    for (size_t len = first; len <= first + second; len++) {
        fault_t fault;
        bool is_whole = len + 1 >= first + second; /* but for its line break */
        put(rows, len);
        ledger_t *ledger = open_ledger();
        assert_int_equal(ledger_count(ledger), is_whole ? 2 : 1);
        assert_int_equal(append(ledger, "b", &fault), is_whole ? 0 : 1);
        ledger_destroy(&ledger);
        assert_string_equal(content(), rows);
    }
}

static void takes_out_zeros_that_a_power_failure_left(void **state)
{
    (void)state;
    fault_t fault;
    put(ROW("a") "\0\0\0\0\0", strlen(ROW("a")) + 5);
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "b", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b"));
}

static void takes_out_a_row_that_another_process_tore(void **state)
{
    (void)state;
    fault_t fault;
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    FILE *other = fopen("r.jsonl", "ab");
    fputs(ROW("b") "{\"id\":\"c\",\"cle", other);
    fclose(other);
    assert_int_equal(append(ledger, "b", &fault), 0);
    assert_int_equal(append(ledger, "c", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b") ROW("c"));
}

static void leaves_a_foreign_file_alone(void **state)
{
    (void)state;
    fault_t fault = {0};
    put("my notes\nare precious", 21);
    assert_null(ledger_open("r.jsonl", true, TIMEOUT_MS, &fault));
    assert_string_equal(fault.reason,
                        "r.jsonl: the last line, at byte 9, has no end and is "
                        "no result: is this the right file?");
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_string_equal(content(), "my notes\nare precious");
}

static void passes_over_lines_that_are_no_rows(void **state)
{
    (void)state;
    fault_t fault;
    put("note\n\n" ROW("a"), strlen("note\n\n" ROW("a")));
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 0);
    assert_int_equal(append(ledger, "b", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), "note\n\n" ROW("a") ROW("b"));
}

static void reads_rows_longer_than_its_buffer(void **state)
{
    (void)state;
    fault_t fault = {0};
    size_t len = 3 << 20;
    char *row = malloc(len + 1);
    ledger_t *ledger = open_ledger();
    for (int i = 0; i < 2; i++) {
        int head = sprintf(row, "{\"id\":\"%d\",\"x\":\"", i);
        memset(row + head, 'x', len - (size_t)head);
        memcpy(row + len - 2, "\"}", 2);
        assert_int_equal(ledger_append(ledger, row, len, &fault), 1);
    }
    ledger_destroy(&ledger);
    free(row);
    assert_int_equal(truncate("r.jsonl", 2 * (off_t)len), 0); /* the second row is torn */
    unlink("r.jsonl.keys");
    ledger = open_ledger();
    assert_int_equal(ledger_count(ledger), 1);
    ledger_destroy(&ledger);
    assert_int_equal(size_of("r.jsonl"), (off_t)len + 1);
}

/* --- trouble -------------------------------------------------------------------------- */

static void goes_back_to_the_last_row_when_the_disk_is_full(void **state)
{
    (void)state;
    fault_t fault;
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = strlen(ROW("a")) + 10;
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    setrlimit(RLIMIT_FSIZE, &small);
    int rc = append(ledger, "b", &fault);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(rc, -1);
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_string_equal(fault.reason, "r.jsonl: cannot append 32 bytes: File too large");
    assert_string_equal(content(), ROW("a"));
    assert_int_equal(append(ledger, "a", &fault), 0);
    assert_int_equal(append(ledger, "b", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b"));
}

static void takes_a_row_back_that_was_not_synced(void **state)
{
    (void)state;
    fault_t fault;
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    sync_errno = EIO;
    assert_int_equal(append(ledger, "b", &fault), -1);
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_string_equal(fault.reason, "r.jsonl: cannot sync: Input/output error");
    assert_string_equal(content(), ROW("a"));
    assert_int_equal(append(ledger, "b", &fault), 1);
    ledger_destroy(&ledger);
    assert_string_equal(content(), ROW("a") ROW("b"));
}

static void syncs_the_row_of_a_dead_process_before_it_counts(void **state)
{
    (void)state;
    fault_t fault;
    put(ROW("a"), strlen(ROW("a")));
    ledger_t *ledger = open_ledger();
    sync_count = 0;
    assert_int_equal(append(ledger, "a", &fault), 0);
    assert_int_equal(sync_count, 1);
    assert_int_equal(append(ledger, "a", &fault), 0);
    assert_int_equal(sync_count, 1);
    put(ROW("a") ROW("b"), strlen(ROW("a") ROW("b")));
    sync_errno = EIO;
    assert_int_equal(append(ledger, "b", &fault), -1);
    assert_int_equal(append(ledger, "b", &fault), 0);
    assert_int_equal(append(ledger, "c", &fault), 1);
    assert_int_equal(sync_count, 4);
    ledger_destroy(&ledger);
}

static void does_not_sync_where_told_so(void **state)
{
    (void)state;
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    sync_count = 0;
    assert_int_equal(append(ledger, "a", &fault), 1);
    assert_int_equal(append(ledger, "a", &fault), 0);
    assert_int_equal(sync_count, 0);
    ledger_destroy(&ledger);
}

static void gives_up_on_a_lock_in_time(void **state)
{
    (void)state;
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", true, 20, &fault);
    int holder = open("r.jsonl", O_RDONLY);
    assert_int_equal(flock(holder, LOCK_EX), 0);
    assert_int_equal(append(ledger, "a", &fault), -1);
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_string_equal(fault.reason,
                        "r.jsonl: locked by another process for 20 ms or more");
    close(holder);
    assert_int_equal(append(ledger, "a", &fault), 1);
    ledger_destroy(&ledger);
}

static void names_what_cannot_be_opened(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *reason;
    } cases[] = {
        {"/proc/none/r.jsonl", "/proc/none/r.jsonl: cannot make its folder: No such file "
                               "or directory"},
        {"/", "/: cannot open: Is a directory"},
        {"", ": cannot open: No such file or directory"},
        {"/dev/null", "/dev/null: is no regular file"},
        {"r.jsonl/x", "r.jsonl/x: cannot open: Not a directory"},
    };
    put("", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fault_t fault = {0};
        assert_null(ledger_open(cases[i].path, true, TIMEOUT_MS, &fault));
        assert_string_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.kind, FAULT_RETRY);
    }
}

/* --- other hands ---------------------------------------------------------------------- */

static void follows_the_name_when_the_file_was_moved_away(void **state)
{
    (void)state;
    fault_t fault;
    ledger_t *ledger = open_ledger();
    assert_int_equal(append(ledger, "a", &fault), 1);
    assert_int_equal(rename("r.jsonl", "old.jsonl"), 0);
    assert_int_equal(append(ledger, "b", &fault), 1);
    assert_string_equal(content(), ROW("b"));
    put("", 0); /* and when it was emptied */
    assert_int_equal(append(ledger, "b", &fault), 1);
    assert_string_equal(content(), ROW("b"));
    ledger_destroy(&ledger);
    unlink("old.jsonl");
}

/* Enough rows that a cache is kept: 6 MiB. */
static int append_large(ledger_t *ledger, int i)
{
    static char row[4096];
    fault_t fault = {0};
    int head = sprintf(row, "{\"id\":\"%d\",\"x\":\"", i);
    memset(row + head, 'x', sizeof row - (size_t)head);
    memcpy(row + sizeof row - 2, "\"}", 2);
    return ledger_append(ledger, row, sizeof row, &fault);
}

static void fill(ledger_t *ledger, int from, int to)
{
    for (int i = from; i < to; i++) {
        assert_int_equal(append_large(ledger, i), 1);
    }
}

enum { MANY = 1500, RECORD_LEN = 32 };

static void check_many(int count)
{
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    assert_non_null(ledger);
    assert_int_equal(ledger_count(ledger), count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(append_large(ledger, i), 0);
    }
    ledger_destroy(&ledger);
    assert_int_equal(size_of("r.jsonl.keys"), count * RECORD_LEN);
}

static void make_many(void)
{
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    fill(ledger, 0, MANY);
    ledger_destroy(&ledger);
}

static void keeps_a_cache_beside_a_large_file(void **state)
{
    (void)state;
    make_many();
    assert_int_equal(size_of("r.jsonl.keys"), MANY * RECORD_LEN);
    check_many(MANY);
    unlink("r.jsonl.keys");
    check_many(MANY);
}

static void fills_the_cache_from_two_processes(void **state)
{
    (void)state;
    fault_t fault = {0};
    ledger_t *one = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    ledger_t *two = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    fill(one, 0, 800);
    fill(two, 800, 2400);
    fill(one, 2400, 4000);
    ledger_destroy(&two);
    ledger_destroy(&one);
    check_many(4000);
}

static void survives_whatever_happens_to_the_cache(void **state)
{
    (void)state;
    make_many();
    assert_int_equal(truncate("r.jsonl.keys", 100 * RECORD_LEN + 7), 0);
    check_many(MANY);
    assert_int_equal(truncate("r.jsonl.keys", 0), 0);
    check_many(MANY);
    for (off_t at = 0; at < MANY * RECORD_LEN; at += 5 * RECORD_LEN + 3) {
        int fd = open("r.jsonl.keys", O_RDWR);
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x40;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        if (at % 7 == 0) {
            check_many(MANY);
        }
    }
    check_many(MANY);
    FILE *garbage = fopen("r.jsonl.keys", "wb");
    fputs("this is not a cache at all, but a text of more than one record", garbage);
    fclose(garbage);
    check_many(MANY);
}

static void does_not_trust_the_cache_of_another_file(void **state)
{
    (void)state;
    fault_t fault = {0};
    make_many();
    assert_int_equal(rename("r.jsonl", "old.jsonl"), 0);
    ledger_t *ledger = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    assert_int_equal(ledger_count(ledger), 0);
    fill(ledger, MANY, 2 * MANY); /* other ids, rows of the same length */
    ledger_destroy(&ledger);
    ledger = ledger_open("r.jsonl", false, TIMEOUT_MS, &fault);
    assert_int_equal(ledger_count(ledger), MANY);
    assert_int_equal(append_large(ledger, 0), 1);
    ledger_destroy(&ledger);
    unlink("old.jsonl");
}

#define TEST(name) cmocka_unit_test_setup(name, forget_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_a_row_once),
        TEST(writes_another_row_of_an_id_beside_the_first),
        TEST(writes_a_row_once_from_two_ledgers),
        TEST(writes_a_row_once_from_many_processes),
        TEST(makes_the_folders_to_the_file),
        TEST(leaves_no_empty_file_where_there_was_none),
        TEST(takes_out_a_row_torn_at_any_byte),
        TEST(takes_out_zeros_that_a_power_failure_left),
        TEST(takes_out_a_row_that_another_process_tore),
        TEST(leaves_a_foreign_file_alone),
        TEST(passes_over_lines_that_are_no_rows),
        TEST(reads_rows_longer_than_its_buffer),
        TEST(goes_back_to_the_last_row_when_the_disk_is_full),
        TEST(takes_a_row_back_that_was_not_synced),
        TEST(syncs_the_row_of_a_dead_process_before_it_counts),
        TEST(does_not_sync_where_told_so),
        TEST(gives_up_on_a_lock_in_time),
        TEST(names_what_cannot_be_opened),
        TEST(follows_the_name_when_the_file_was_moved_away),
        TEST(keeps_a_cache_beside_a_large_file),
        TEST(fills_the_cache_from_two_processes),
        TEST(survives_whatever_happens_to_the_cache),
        TEST(does_not_trust_the_cache_of_another_file),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
