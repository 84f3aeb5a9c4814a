/* lease.pml: the protocol of proto/PROTOCOL.md, small enough to check in full.
 *
 * A submitter, N articles, one broker, two workers of one stage, one sink. The broker's
 * memory dies in a crash, its disk does not; what it changes goes to disk in group commits.
 * A handshake (HELLO, WELCOME, CLAIM, CREDIT) is one step, and priorities, sizes and the windows
 * are left out: they decide who is served first, not what becomes of an article.
 *
 * Every mishap has a budget, so every run of the model ends, and "in the end" needs no
 * fairness: see `live` at the bottom. check.py says which budgets are checked together.
 *
 *                PUT               RESULT             RESULT
 *     NONE ──────────► WORKING ──────────► SINKING ──────────► DONE
 *                       │   ▲               │   ▲
 *       FAIL, lost      ▼   │ the operator: ▼   │ try again
 *       leases     DEAD_WORKING          DEAD_SINKING
 */
#ifndef N
#define N 2 /* articles */
#endif
#ifndef MISHAPS
#define MISHAPS 2 /* in all, of any kind, at any moment */
#endif
#ifndef RETRIES
#define RETRIES 0 /* of dead letters, by the operator */
#endif
#ifndef POSTPONES
#define POSTPONES 0 /* of a delivery, by a sink whose destination is down */
#endif
#define ATTEMPTS 2
#define ROTTEN (N - 1) /* this article may fail for good */

#ifndef WORKERS
#define WORKERS 3 /* the sink is one of them, the last */
#endif
#define SINK (WORKERS - 1)
#define NOBODY 255
#define stage_of(w) ((w) == SINK -> SINKING : WORKING)

mtype = { RESULT, FAIL, PERMANENT, POSTPONED, DRAIN, BYE, WORK, KEPT, OK };

#define NONE 0
#define WORKING 1
#define SINKING 2
#define DONE 3
#define DEAD_WORKING 4
#define DEAD_SINKING 5
#define is_dead(stage) ((stage) >= DEAD_WORKING)
#define dead_of(stage) ((stage) == SINKING -> DEAD_SINKING : DEAD_WORKING)

/* A change waits for the commit that is being filled, then for the one under way. */
#define NO 0
#define FILLING 1
#define FLYING 2

/* A worker: it serves, it leaves when all is answered, it said BYE or died. */
#define SERVING 0
#define LEAVING 1
#define GONE 2

typedef record {
    byte stage;
    byte failures
};
record memory[N], batch[N], disk[N];
bool is_dirty[N], is_flying[N];
byte writing[N];         /* nobody may act on the article before its change is on disk */
byte holder[N];          /* who has the lease; NOBODY */
byte lease[N];           /* its number; counts on over crashes, as the epoch does */
byte committing;         /* 0, 1: being written, 2: on disk, but nobody was told */
byte confirm_filling, confirm_flying; /* sequences to confirm; 0: none */
byte retry_filling, retry_flying; /* article + 1 that the operator is told of; 0: none */

typedef answer {
    byte article; /* + 1; 0: none */
    byte lease
};
answer ok_filling[WORKERS], ok_flying[WORKERS];
bool is_joined[WORKERS], is_draining[WORKERS], is_submitter_known = true;

/* --- the peers --- */
bool is_told[N];         /* the submitter has the CONFIRM and forgot the article */
byte sequence[N], last_sequence;
answer task[WORKERS];    /* what a worker works on */
answer reply[WORKERS];   /* what it keeps until RESULT_OK */
mtype reply_verb[WORKERS] = RESULT;
bool is_sent[WORKERS];
byte phase[WORKERS];     /* SERVING … */
byte sunk[N];            /* rows in the sink: durable */

/* --- what really happened, for the assertions alone --- */
bool is_fault[N];              /* a worker found that it can never pass */
byte cause_work[N], cause_sink[N]; /* mishaps of a worker with the article in hand */

byte mishaps, retries, postpones;
hidden byte i; /* of loops within one step */

chan to_broker = [N] of { byte, byte };  /* PUT: article, sequence */
chan to_submitter = [N] of { byte };     /* CONFIRM: sequence */
chan to_worker[WORKERS] = [4] of { mtype, byte, byte };   /* article, lease */
chan from_worker[WORKERS] = [2] of { mtype, byte, byte };

inline empty_1(c) { do :: c ? _ :: empty(c) -> break od }
inline empty_2(c) { do :: c ? _, _ :: empty(c) -> break od }
inline empty_3(c) { do :: c ? _, _, _ :: empty(c) -> break od }

inline blame(x, stage) { /* a mishap while a worker of that stage had it in hand */
    if
    :: (stage) == SINKING -> cause_sink[x]++
    :: else -> cause_work[x]++
    fi
}

/* --- what becomes of an article in the broker --- */

inline move_to(x, next) {
    memory[x].stage = next;
    memory[x].failures = 0;
    writing[x] = FILLING;
    is_dirty[x] = true
}

inline bury(x) {
    memory[x].stage = dead_of(memory[x].stage);
    writing[x] = FILLING;
    is_dirty[x] = true
}

inline charge(x) {
    holder[x] = NOBODY;
    memory[x].failures++;
    is_dirty[x] = true;
    if
    :: memory[x].failures >= ATTEMPTS ->
        assert(memory[x].stage != WORKING || cause_work[x] >= ATTEMPTS);
        assert(memory[x].stage != SINKING || cause_sink[x] >= ATTEMPTS);
        bury(x)
    :: else
    fi
}

inline release(w) { /* nobody is to blame */
    for (i : 0 .. N - 1) {
        holder[i] = (holder[i] == w -> NOBODY : holder[i])
    }
}

inline say_ok_later(w, x, n) {
    ok_filling[w].article = x + 1;
    ok_filling[w].lease = n
}

inline say_ok_now(w, x, n) {
    if
    :: nfull(to_worker[w]) -> to_worker[w] ! OK, x, n
    :: full(to_worker[w])
    fi
}

inline on_put(x, n) {
    if
    :: is_submitter_known ->
        if
        :: memory[x].stage == NONE -> move_to(x, WORKING)
        :: else /* DUPLICATE: the older article stands */
        fi;
#ifdef BUG_CONFIRM_EARLY
        to_submitter ! n
#else
        confirm_filling = n
#endif
    :: else /* REJECT HELLO */
    fi
}

/* A RESULT that comes late is as good, also where the article was given up meanwhile. */
inline on_result(w, x, n) {
    if
    :: (memory[x].stage == stage_of(w) || memory[x].stage == dead_of(stage_of(w))) &&
            writing[x] == NO ->
        holder[x] = NOBODY;
        move_to(x, (w == SINK -> DONE : SINKING));
#ifdef BUG_OK_EARLY
        say_ok_now(w, x, n)
#else
        say_ok_later(w, x, n)
#endif
    :: else -> /* somebody was first; what he said may not be on disk yet */
#ifdef BUG_REPEATED_OK_EARLY
        say_ok_now(w, x, n)
#else
        say_ok_later(w, x, n)
#endif
    fi
}

#ifdef BUG_OLD_FAIL_COUNTS
#define is_current(w, x, n) (memory[x].stage == stage_of(w) && writing[x] == NO)
#else
#define is_current(w, x, n) (holder[x] == (w) && lease[x] == (n))
#endif

inline on_fail(w, x, n, is_permanent) {
    if
    :: is_current(w, x, n) && is_permanent ->
        holder[x] = NOBODY;
        assert(is_fault[x]);
        bury(x)
    :: is_current(w, x, n) && !is_permanent -> charge(x)
    :: else /* that lease was lost, and is charged already */
    fi;
    say_ok_later(w, x, n)
}

/* The destination is down: no attempt of the article's. */
inline on_postponed(w, x, n) {
    if
    :: is_current(w, x, n) ->
#ifdef BUG_POSTPONED_COUNTS
        charge(x)
#else
#ifndef BUG_POSTPONED_KEEPS
        holder[x] = NOBODY;
#endif
        is_dirty[x] = true
#endif
    :: else
    fi;
    say_ok_later(w, x, n)
}

inline forget_worker(w) {
    is_joined[w] = false;
    is_draining[w] = false;
    empty_3(to_worker[w]);
    empty_3(from_worker[w]);
    phase[w] = (phase[w] == GONE -> SERVING : phase[w]) /* may start anew */
}

inline on_bye(w) {
#ifndef BUG_BYE_KEEPS
    release(w);
#endif
    forget_worker(w)
}

/* `nutgraf dead-letters retry`: back to where it died, with no failures. */
inline on_retry(x) {
    cause_work[x] = 0;
    cause_sink[x] = 0;
#ifdef BUG_RETRY_KEEPS_FAILURES
    memory[x].stage = (memory[x].stage == DEAD_SINKING -> SINKING : WORKING);
    writing[x] = FILLING;
    is_dirty[x] = true;
#else
    move_to(x, (memory[x].stage == DEAD_SINKING -> SINKING : WORKING));
#endif
#ifdef BUG_RETRY_NOT_SAVED
    is_dirty[x] = false;
#endif
#ifdef BUG_RETRY_TOLD_EARLY
    assert(!is_dead(disk[x].stage)) /* told: on disk */
#else
    retry_filling = x + 1
#endif
}

/* --- group commit --- */

inline begin_commit() {
    for (i : 0 .. N - 1) {
        if
        :: is_dirty[i] ->
            batch[i].stage = memory[i].stage;
            batch[i].failures = memory[i].failures
        :: else
        fi;
        is_flying[i] = is_dirty[i];
        is_dirty[i] = false;
        writing[i] = (writing[i] == FILLING -> FLYING : writing[i])
    }
    for (i : 0 .. WORKERS - 1) {
        ok_flying[i].article = ok_filling[i].article;
        ok_flying[i].lease = ok_filling[i].lease;
        ok_filling[i].article = 0;
        ok_filling[i].lease = 0
    }
    confirm_flying = confirm_filling;
    confirm_filling = 0;
    retry_flying = retry_filling;
    retry_filling = 0;
    committing = 1
}

inline sync_disk() {
    for (i : 0 .. N - 1) {
        if
        :: is_flying[i] ->
            assert(disk[i].stage != DONE); /* taken in once, and ends once */
            disk[i].stage = batch[i].stage;
            disk[i].failures = batch[i].failures
        :: else
        fi;
        is_flying[i] = false;
        batch[i].stage = 0;
        batch[i].failures = 0
    }
    committing = 2
}

inline tell() {
    for (i : 0 .. N - 1) {
        writing[i] = (writing[i] == FLYING -> NO : writing[i])
    }
    for (i : 0 .. WORKERS - 1) {
        if
        :: ok_flying[i].article == 0 || !is_joined[i] || len(to_worker[i]) == 4
        :: ok_flying[i].article > 0 && is_joined[i] && len(to_worker[i]) < 4 ->
            to_worker[i] ! OK, ok_flying[i].article - 1, ok_flying[i].lease
        fi;
        ok_flying[i].article = 0;
        ok_flying[i].lease = 0
    }
    if
    :: confirm_flying == 0 || len(to_submitter) == N
    :: confirm_flying > 0 && len(to_submitter) < N -> to_submitter ! confirm_flying
    fi;
    confirm_flying = 0;
    assert(retry_flying == 0 || !is_dead(disk[retry_flying - 1].stage));
    retry_flying = 0;
    committing = 0
}

/* kill -9 or power failure, and a new broker that reads the disk. */
inline crash_broker() {
    for (i : 0 .. N - 1) {
#ifdef BUG_KNOWN_FORGOTTEN
        memory[i].stage = (disk[i].stage == DONE -> NONE : disk[i].stage);
#else
        memory[i].stage = disk[i].stage;
#endif
        memory[i].failures = disk[i].failures;
        is_dirty[i] = false;
        is_flying[i] = false;
        batch[i].stage = 0;
        batch[i].failures = 0;
        writing[i] = NO;
        holder[i] = NOBODY
    }
    for (i : 0 .. WORKERS - 1) {
        ok_filling[i].article = 0;
        ok_filling[i].lease = 0;
        ok_flying[i].article = 0;
        ok_flying[i].lease = 0;
        forget_worker(i)
    }
    confirm_filling = 0;
    confirm_flying = 0;
    retry_filling = 0;
    retry_flying = 0;
    committing = 0;
    empty_2(to_broker);
    empty_1(to_submitter);
    is_submitter_known = false
}

#define is_ok_due (ok_filling[0].article + ok_filling[WORKERS - 2].article + \
    ok_filling[SINK].article > 0)
#define has_batch (is_dirty[0] || is_dirty[N - 1] || confirm_filling > 0 || \
    retry_filling > 0 || is_ok_due)

active proctype broker() {
    byte x, n, w;
end:
    do
    :: atomic { to_broker ? x, n -> on_put(x, n); x = 0; n = 0 }
    :: atomic {
        if
        :: nempty(from_worker[0]) -> w = 0
        :: nempty(from_worker[WORKERS - 2]) -> w = WORKERS - 2
        :: nempty(from_worker[SINK]) -> w = SINK
        fi;
        if
        :: from_worker[w] ? RESULT, x, n -> on_result(w, x, n)
        :: from_worker[w] ? FAIL, x, n -> on_fail(w, x, n, false)
        :: from_worker[w] ? PERMANENT, x, n -> on_fail(w, x, n, true)
        :: from_worker[w] ? POSTPONED, x, n -> on_postponed(w, x, n)
        :: from_worker[w] ? DRAIN, _, _ -> is_draining[w] = true
        :: from_worker[w] ? BYE, _, _ -> on_bye(w)
        fi;
        w = 0; x = 0; n = 0 }
    :: atomic { committing == 0 && has_batch -> begin_commit() }
    :: atomic { committing == 1 -> sync_disk() }
    :: atomic { committing == 2 -> tell() }
    :: atomic { mishaps < MISHAPS -> mishaps++; crash_broker() }
    :: atomic { retries < RETRIES && writing[0] == NO && is_dead(memory[0].stage) ->
        retries++; on_retry(0) }
#if N > 1
    :: atomic { retries < RETRIES && writing[1] == NO && is_dead(memory[1].stage) ->
        retries++; on_retry(1) }
#endif
    od
}

/* --- leases --- */

#define is_free(w) (is_joined[w] && !is_draining[w] && holder[0] != (w) && \
    holder[N - 1] != (w) && !(to_worker[w] ?? [WORK, _, _]) && len(to_worker[w]) < 4)
#define is_ready(x, w) (memory[x].stage == stage_of(w) && writing[x] == NO && \
    holder[x] == NOBODY)

/* Its WORK was lost, so no EXTEND will come; who has the article in hand sends some, also
 * while a RESULT waits for its RESULT_OK. */
#define has(slot, x) (slot.article == (x) + 1 && slot.lease == lease[x])
#define is_coming(x, w) (to_worker[w] ?? [WORK, eval(x), eval(lease[x])] || \
    to_worker[w] ?? [KEPT, eval(x), eval(lease[x])])
#define is_answered(x, w) (has(reply[w], x) || \
    (reply[w].article == (x) + 1 && reply_verb[w] == RESULT))
#define is_nowhere(x, w) (is_joined[w] && phase[w] != GONE && !has(task[w], x) && \
    !is_answered(x, w) && !is_coming(x, w) && empty(from_worker[w]))
#define is_orphan(x) (holder[x] != NOBODY && is_nowhere(x, holder[x]))

proctype leases(byte x) {
    byte w;
end:
    do
    :: atomic {
        if
        :: is_ready(x, 0) && is_free(0) -> w = 0
        :: is_ready(x, WORKERS - 2) && is_free(WORKERS - 2) -> w = WORKERS - 2
        :: is_ready(x, SINK) && is_free(SINK) -> w = SINK
        fi;
        holder[x] = w;
        lease[x]++;
        to_worker[w] ! WORK, x, lease[x];
        w = 0 }
#ifndef BUG_NO_REQUEUE
    :: atomic { is_orphan(x) -> charge(x) }
#endif
    :: atomic { mishaps < MISHAPS && holder[x] != NOBODY -> /* yet it will answer */
        mishaps++;
        blame(x, stage_of(holder[x]));
        charge(x) }
    od
}

/* --- workers and the sink --- */

inline start_task(w, x, n) {
    task[w].article = x + 1;
    task[w].lease = n
}

inline keep_reply(w, verb) {
    reply_verb[w] = verb;
    reply[w].article = task[w].article;
    reply[w].lease = task[w].lease;
    is_sent[w] = false;
    task[w].article = 0;
    task[w].lease = 0
}

inline drop_reply(w) {
    reply[w].article = 0;
    reply[w].lease = 0;
    reply_verb[w] = RESULT;
    is_sent[w] = false
}

inline finish_task(w) {
    if
    :: w == SINK ->
        assert(disk[task[w].article - 1].stage >= SINKING);
#ifdef BUG_NO_SINK_DEDUP
        sunk[task[w].article - 1]++;
#else
        sunk[task[w].article - 1] = 1;
#endif
        assert(sunk[task[w].article - 1] <= 1)
    :: else
    fi;
    keep_reply(w, RESULT)
}

#define is_ok_for(slot, w) (slot[w].article == reply[w].article && \
    slot[w].lease == reply[w].lease)
#define is_silence(w, x, n) (!(to_worker[w] ?? [OK, x, n]) && empty(from_worker[w]) && \
    !is_ok_for(ok_filling, w) && !is_ok_for(ok_flying, w))

/* CLAIM: what it worked on when the broker crashed. */
inline claim(w, x) {
    if
    :: is_ready(x, w) ->
        holder[x] = w;
        lease[x]++;
        to_worker[w] ! KEPT, x, lease[x]
    :: else -> /* GONE */
        task[w].article = 0;
        task[w].lease = 0
    fi
}

proctype worker(byte w) {
    byte x, n;
end:
    do
    :: atomic { !is_joined[w] && phase[w] != GONE -> /* HELLO, CREDIT, what is unanswered */
        is_joined[w] = true;
        is_sent[w] = false;
        if
        :: task[w].article > 0 -> x = task[w].article - 1; claim(w, x); x = 0
        :: else
        fi;
        if
        :: phase[w] == LEAVING -> from_worker[w] ! DRAIN, 0, 0
        :: else
        fi }
    :: atomic { task[w].article == 0 && phase[w] != GONE && to_worker[w] ?? [WORK, x, n] &&
            !(to_worker[w] ?? [KEPT, x, n]) ->
        to_worker[w] ?? WORK, x, n;
        start_task(w, x, n);
        x = 0; n = 0 }
    :: atomic { to_worker[w] ?? KEPT, x, n ->
        if
        :: task[w].article == x + 1 -> task[w].lease = n
        :: task[w].article != x + 1 && reply[w].article == x + 1 ->
            /* a FAIL counts on the lease that holds */
            reply[w].lease = n;
            is_sent[w] = false
        :: else
        fi;
        x = 0; n = 0 }
    :: atomic { task[w].article > 0 && reply[w].article == 0 -> finish_task(w) }
    :: atomic { task[w].article > 0 && reply[w].article == 0 && mishaps < MISHAPS ->
        mishaps++;
        blame(task[w].article - 1, stage_of(w));
        keep_reply(w, FAIL) }
    :: atomic { task[w].article == ROTTEN + 1 && reply[w].article == 0 && w != SINK ->
        is_fault[ROTTEN] = true;
        keep_reply(w, PERMANENT) }
    :: atomic { task[w].article > 0 && reply[w].article == 0 && w == SINK &&
            postpones < POSTPONES ->
        postpones++;
        keep_reply(w, POSTPONED) }
    :: atomic { reply[w].article > 0 && !is_sent[w] && is_joined[w] && nfull(from_worker[w]) ->
        from_worker[w] ! reply_verb[w], reply[w].article - 1, reply[w].lease;
        is_sent[w] = true;
#ifdef BUG_WORKER_FORGETS
        drop_reply(w)
#endif
        }
    :: atomic { reply[w].article > 0 && is_sent[w] && is_joined[w] && is_silence(w, x, n) ->
        is_sent[w] = false }
    :: atomic { reply[w].article > 0 && is_sent[w] && mishaps < MISHAPS ->
        mishaps++;
        is_sent[w] = false }
    :: atomic { to_worker[w] ?? [OK, x, n] && !(to_worker[w] ?? [KEPT, x, n]) ->
        to_worker[w] ?? OK, x, n;
        if
        :: reply[w].article == x + 1 && reply[w].lease == n ->
            /* unless it was given up, and is tried again: then it is worked on anew */
            assert(reply_verb[w] != RESULT || disk[x].stage > stage_of(w) ||
                (retries > 0 && disk[x].stage == stage_of(w)));
            drop_reply(w)
        :: else
        fi;
        x = 0; n = 0 }
    :: atomic { phase[w] == SERVING && mishaps < MISHAPS && is_joined[w] && nfull(from_worker[w]) ->
        mishaps++;
        phase[w] = LEAVING;
        from_worker[w] ! DRAIN, 0, 0 }
    :: atomic { phase[w] == LEAVING && task[w].article == 0 && reply[w].article == 0 &&
            is_joined[w] && nfull(from_worker[w]) ->
        phase[w] = GONE;
        from_worker[w] ! BYE, 0, 0 }
    :: atomic { phase[w] != GONE && mishaps < MISHAPS && is_joined[w] -> /* kill -9 */
        mishaps++;
        phase[w] = GONE;
        task[w].article = 0;
        task[w].lease = 0;
        drop_reply(w);
        empty_3(to_worker[w]);
        empty_3(from_worker[w]) }
    :: atomic { phase[w] == GONE && is_joined[w] && empty(from_worker[w]) -> /* three beats */
        for (i : 0 .. N - 1) {
            if
            :: holder[i] == w ->
                blame(i, stage_of(w)); /* or was it dead before? nobody can know */
                charge(i)
            :: else
            fi
        }
        forget_worker(w) }
    od
}

/* --- the submitter --- */

#define is_under_way(x) (sequence[x] > 0 && !is_told[x])
#define is_waiting (is_under_way(0) || is_under_way(N - 1))
#define no_answer_comes (empty(to_broker) && empty(to_submitter) && \
    confirm_filling == 0 && confirm_flying == 0)

inline begin_session() { /* HELLO: what is unconfirmed is put again */
    for (i : 0 .. N - 1) {
        sequence[i] = 0
    }
    last_sequence = 0;
    confirm_filling = 0;
    confirm_flying = 0;
    is_submitter_known = true;
    empty_2(to_broker);
    empty_1(to_submitter)
}

inline put(x) {
    last_sequence++;
    sequence[x] = last_sequence;
    to_broker ! x, last_sequence
}

inline take_confirm(n) {
    for (i : 0 .. N - 1) {
        if
        :: is_under_way(i) && sequence[i] <= n ->
            assert(disk[i].stage != NONE); /* confirmed: on disk */
            is_told[i] = true
        :: else
        fi
    }
}

active proctype submitter() {
    byte n;
end:
    do
    :: atomic { !is_told[0] && sequence[0] == 0 && nfull(to_broker) -> put(0) }
#if N > 1
    :: atomic { !is_told[1] && sequence[1] == 0 && nfull(to_broker) -> put(1) }
#endif
    :: atomic { to_submitter ? n -> take_confirm(n); n = 0 }
    :: atomic { is_waiting && no_answer_comes -> begin_session() }
    :: atomic { is_waiting && mishaps < MISHAPS -> mishaps++; begin_session() }
    od
}

/* --- the network: a frame is lost with its connection --- */

active proctype network() {
    byte x, w;
end:
    do
    :: atomic { mishaps < MISHAPS && nempty(to_broker) ->
        mishaps++;
        is_submitter_known = false; /* it comes back as a stranger */
        empty_2(to_broker) }
    :: atomic { mishaps < MISHAPS && nempty(to_submitter) -> mishaps++; to_submitter ? _ }
    :: atomic {
        if
        :: mishaps < MISHAPS && nempty(to_worker[0]) -> w = 0
        :: mishaps < MISHAPS && nempty(to_worker[WORKERS - 2]) -> w = WORKERS - 2
        :: mishaps < MISHAPS && nempty(to_worker[SINK]) -> w = SINK
        fi;
        if
        :: to_worker[w] ? WORK, x, _ -> blame(x, stage_of(w))
        :: to_worker[w] ? KEPT, x, _ -> blame(x, stage_of(w))
        :: to_worker[w] ? OK, _, _
        fi;
        mishaps++; x = 0; w = 0 }
    :: atomic {
        if
        :: mishaps < MISHAPS && nempty(from_worker[0]) -> w = 0
        :: mishaps < MISHAPS && nempty(from_worker[WORKERS - 2]) -> w = WORKERS - 2
        :: mishaps < MISHAPS && nempty(from_worker[SINK]) -> w = SINK
        fi;
        from_worker[w] ? _, _, _;
        mishaps++; w = 0 }
    od
}

init {
    atomic {
        for (i : 0 .. N - 1) {
            holder[i] = NOBODY;
            run leases(i)
        };
        for (i : 0 .. WORKERS - 1) {
            run worker(i)
        }
    }
}

/* Every article is confirmed, and ends in the sink or in the dead letters. */
#define is_ended(x) (is_told[x] && \
    ((disk[x].stage == DONE && sunk[x] == 1) || is_dead(disk[x].stage)))
ltl live { <> [] (is_ended(0) && is_ended(N - 1)) }
