/*
 * The protocol by which workers share the ranges of a backfill, checked by `make model` (spin). What each step stands for and
 * what was found is in docs/reliability.md, "A model of the protocol".
 *
 * Two workers talk to a server over a session each. A session that was cut off lives on at the server for as long as it has
 * something to execute. Polling is left out: a worker that finds nothing to do waits until there is something, so that every
 * cycle in the states is a run that does not end.
 */

/* The bounds of the search. */
#ifndef KEYS
#define KEYS 4
#endif
#ifndef RANGES_AT_START
#define RANGES_AT_START 1
#endif
#ifndef SPLITS
#define SPLITS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef EXPIRIES
#define EXPIRIES 1
#endif
#ifndef ERRORS
#define ERRORS 1
#endif

#define WORKERS 2
#define NOBODY WORKERS
#define SESSIONS (WORKERS + LOSSES) /* the last ones are what is left of those that were cut off */
#define NO_SESSION SESSIONS
#define RANGES (RANGES_AT_START + SPLITS)
#define LARGEST_CHUNK 2

/* Keys are 1 to KEYS, a set of them is a number with a bit for each. */
#define keys(after, upto) (((1 << (upto)) - 1) - ((1 << (after)) - 1))
#define ALL_KEYS keys(0, KEYS)

/* ---- What is committed: as everybody sees it, and as it would be after a crash. ---- */

#define PENDING 0
#define RUNNING 1
#define DONE 2

typedef Range {
    byte cursor; /* the last key that is done */
    byte upper;
    byte epoch;
    byte owner;
    byte state
};

Range range[RANGES];
byte ranges; /* how many of them there are */
byte applied; /* the keys whose rows are changed */

Range kept[RANGES];
byte keptRanges;
byte keptApplied;

bit leaseOver[RANGES];
byte backend[RANGES]; /* the session by which a range was claimed: a range is free when it is gone */

bit finished; /* the run is recorded as completed */

/* ---- The sessions at the server. ---- */

/* What a message has the server execute, behind a COMMIT or alone. */
#define NOTHING 0
#define SEEK 1 /* claim a free range, split a held one, or complete the run */
#define RECLAIM 2
#define CHUNK 3 /* BEGIN, lock, write, checkpoint */

/* How far a chunk's transaction is. */
#define NO_TRANSACTION 0
#define LOCKED 1 /* the rows of its keys are locked */
#define CHECKPOINTED 2 /* the row of the range is locked as well */

typedef Session {
    byte owner; /* the worker that opened it */
    bit commit; /* the part of the message that is not yet executed */
    byte kind;
    byte id, from, upto, epoch;
    bit isLast;
    byte transaction; /* and the chunk that it has open */
    byte openId, openFrom, openUpto, openEpoch;
    bit openIsLast
};

Session session[SESSIONS];

/* ---- What the workers are told. ---- */

#define NO_ANSWER 0
#define OK 1
#define NO_ROW 2
#define FAILED 3
#define AGAIN 4 /* a range was split: ask for it like everybody else */
#define COMPLETED 5

typedef Answer {
    byte toCommit;
    byte toRest;
    byte id, cursor, upper, epoch
};

Answer answer[WORKERS];
bit isBroken[WORKERS]; /* its session has ended; it is noticed when the next answer does not come */

/* ---- What is still allowed to go wrong. ---- */

byte crashes = CRASHES;
byte losses = LOSSES;
byte expiries = EXPIRIES;
byte errors = ERRORS;
byte splits = SPLITS;

/* ---- The guards that can be taken out. ---- */

#ifdef NO_EPOCH
#define sameEpoch(i, e) true
#else
#define sameEpoch(i, e) (range[i].epoch == (e))
#endif
#ifdef NO_OWNER
#define sameOwner(i, w) true
#else
#define sameOwner(i, w) (range[i].owner == (w))
#endif
#ifdef NO_CURSOR
#define sameCursor(i, c) true
#else
#define sameCursor(i, c) (range[i].cursor == (c))
#endif

/* ---- Locks. ---- */

#define other(s, t) ((s) != (t) && session[t].transaction != NO_TRANSACTION)
#define holdsRange(s, t, i) (other(s, t) && session[t].transaction == CHECKPOINTED && session[t].openId == (i))
#define holdsKeys(s, t, f, u) (other(s, t) && session[t].openFrom < (u) && (f) < session[t].openUpto)

#if LOSSES == 0
#define isLocked(s, i) (holdsRange(s, 0, i) || holdsRange(s, 1, i))
#define areLocked(s, f, u) (holdsKeys(s, 0, f, u) || holdsKeys(s, 1, f, u))
#elif LOSSES == 1
#define isLocked(s, i) (holdsRange(s, 0, i) || holdsRange(s, 1, i) || holdsRange(s, 2, i))
#define areLocked(s, f, u) (holdsKeys(s, 0, f, u) || holdsKeys(s, 1, f, u) || holdsKeys(s, 2, f, u))
#else
#define isLocked(s, i) (holdsRange(s, 0, i) || holdsRange(s, 1, i) || holdsRange(s, 2, i) || holdsRange(s, 3, i))
#define areLocked(s, f, u) \
    (holdsKeys(s, 0, f, u) || holdsKeys(s, 1, f, u) || holdsKeys(s, 2, f, u) || holdsKeys(s, 3, f, u))
#endif

#define isFree(i) \
    ((i) < ranges && (range[i].state == PENDING || (range[i].state == RUNNING && (leaseOver[i] || backend[i] == NO_SESSION))))
#define canClaim(s, i) (isFree(i) && !isLocked(s, i))
#define canSplit(s, i) \
    (splits > 0 && (i) < ranges && range[i].state == RUNNING && range[i].upper - range[i].cursor >= 2 && !isLocked(s, i))
#define isDone(i) ((i) >= ranges || range[i].state == DONE)

#if RANGES == 1
#define allDone isDone(0)
#elif RANGES == 2
#define allDone (isDone(0) && isDone(1))
#else
#define allDone (isDone(0) && isDone(1) && isDone(2))
#endif

/* ---- Durability. A transaction may be flushed when it commits, and all before it with it; what is not is lost in a crash.
 * When it is flushed later makes no difference to what a crash can leave. ---- */

inline copyRange(to, from) {
    to.cursor = from.cursor;
    to.upper = from.upper;
    to.epoch = from.epoch;
    to.owner = from.owner;
    to.state = from.state
}

inline flush() {
    if
    :: crashes > 0 ->
        for (i : 0 .. RANGES - 1) { copyRange(kept[i], range[i]) }
        keptRanges = ranges;
        keptApplied = applied
    :: else
    fi;
    i = 0
}

inline goBack() {
    for (i : 0 .. RANGES - 1) {
        copyRange(range[i], kept[i]);
        leaseOver[i] = 0;
        backend[i] = NO_SESSION
    }
    ranges = keptRanges;
    applied = keptApplied;
    i = 0
}

#ifdef LOSE_SYNCHRONOUS /* a standby that is behind takes over */
#define mayStayUnflushed (crashes > 0)
#else
#define mayStayUnflushed false
#endif

/* ---- What a session executes. ---- */

inline forgetMessage(s) {
    session[s].commit = 0;
    session[s].kind = NOTHING;
    session[s].id = 0;
    session[s].from = 0;
    session[s].upto = 0;
    session[s].epoch = 0;
    session[s].isLast = 0
}

inline forgetTransaction(s) {
    session[s].transaction = NO_TRANSACTION;
    session[s].openId = 0;
    session[s].openFrom = 0;
    session[s].openUpto = 0;
    session[s].openEpoch = 0;
    session[s].openIsLast = 0
}

inline tell(s, value) {
    if
    :: s < WORKERS -> answer[s].toRest = value
    :: else
    fi
}

inline tellCommit(s, value) {
    if
    :: s < WORKERS -> answer[s].toCommit = value
    :: else
    fi
}

/* The answer of SEEK and RECLAIM. */
inline tellRange(s, j) {
    if
    :: s < WORKERS ->
        answer[s].toRest = OK;
        answer[s].id = j;
        answer[s].cursor = range[j].cursor;
        answer[s].upper = range[j].upper;
        answer[s].epoch = range[j].epoch
    :: else
    fi
}

/* What is said is seen when the steps to a failure are shown. */
#define say(what, s, i) printf(what, session[s].owner, s, i)

inline executeCommit(s) {
    say("worker %d, session %d: COMMIT of a chunk of range %d", s, session[s].openId);
    printf(", keys %d to %d, epoch %d\n", session[s].openFrom + 1, session[s].openUpto, session[s].openEpoch);
    /* Only the owner of now commits, and no key is applied a second time. */
#ifndef ONLY_DATA
    assert(
        range[session[s].openId].epoch == session[s].openEpoch && range[session[s].openId].owner == session[s].owner
    );
#endif
    assert(!finished);
    assert((applied & keys(session[s].openFrom, session[s].openUpto)) == 0);
    applied = applied | keys(session[s].openFrom, session[s].openUpto);
    range[session[s].openId].cursor = session[s].openUpto;
    range[session[s].openId].state = (session[s].openIsLast -> DONE : RUNNING);
    leaseOver[session[s].openId] = 0;
    forgetTransaction(s);
    session[s].commit = 0;
    tellCommit(s, OK)
}

inline failCommit(s) {
    say("worker %d, session %d: COMMIT of range %d fails\n", s, session[s].openId);
    errors--;
    forgetTransaction(s);
    session[s].commit = 0;
#ifndef SYNC_BEHIND_COMMIT
    forgetMessage(s); /* what was sent behind it is skipped */
#endif
    tellCommit(s, FAILED)
}

inline lockKeys(s) {
    session[s].transaction = LOCKED;
    session[s].openId = session[s].id;
    session[s].openFrom = session[s].from;
    session[s].openUpto = session[s].upto;
    session[s].openEpoch = session[s].epoch;
    session[s].openIsLast = session[s].isLast
}

#define isMine(s) \
    (sameEpoch(session[s].id, session[s].epoch) && sameOwner(session[s].id, session[s].owner) \
        && sameCursor(session[s].id, session[s].from))

inline executeCheckpoint(s) {
    if
    :: isMine(s) ->
        say("worker %d, session %d: checkpoint of range %d", s, session[s].id);
        printf(" from %d to %d, epoch %d\n", session[s].from, session[s].upto, session[s].epoch);
        session[s].transaction = CHECKPOINTED;
        tell(s, OK)
    :: else ->
#ifdef CURSOR_IS_NEVER_ALONE
        /* Whether the comparison of the cursor ever refuses what the epoch and the owner let through. */
        assert(range[session[s].id].epoch != session[s].epoch || range[session[s].id].owner != session[s].owner);
#endif
        say("worker %d, session %d: no row at the checkpoint of range %d\n", s, session[s].id);
        forgetTransaction(s);
        tell(s, NO_ROW)
    fi;
    forgetMessage(s)
}

inline failChunk(s) {
    say("worker %d, session %d: a chunk of range %d fails\n", s, session[s].id);
    errors--;
    forgetTransaction(s);
    forgetMessage(s);
    tell(s, FAILED)
}

inline takeOver(s, j) {
    range[j].epoch++;
    range[j].owner = session[s].owner;
    range[j].state = RUNNING;
    leaseOver[j] = 0;
    backend[j] = s;
    say("worker %d, session %d: gets range %d", s, j);
    printf(" at %d of %d, epoch %d\n", range[j].cursor, range[j].upper, range[j].epoch)
}

inline executeClaim(s, j) {
    takeOver(s, j);
    tellRange(s, j);
    forgetMessage(s)
}

#define canReclaim(s) \
    (range[session[s].id].epoch == session[s].epoch && sameOwner(session[s].id, session[s].owner) \
        && range[session[s].id].state != DONE)

inline executeReclaim(s) {
    if
    :: canReclaim(s) ->
#ifndef READ_ONLY
        takeOver(s, session[s].id);
#endif
        tellRange(s, session[s].id)
    :: else -> tell(s, NO_ROW)
    fi;
    forgetMessage(s)
}

#ifdef READ_ONLY /* a SELECT in its place does not wait */
#define mayReclaim(s) true
#else
#define mayReclaim(s) (!isLocked(s, session[s].id))
#endif

inline executeSplit(s, j) {
    splits--;
    range[ranges].upper = range[j].upper;
    range[j].upper = range[j].cursor + (range[j].upper - range[j].cursor) / 2;
    range[ranges].cursor = range[j].upper;
    range[ranges].state = PENDING;
    range[ranges].owner = NOBODY;
    backend[ranges] = NO_SESSION;
    range[j].state = PENDING;
    range[j].owner = NOBODY;
    range[j].epoch++;
    leaseOver[j] = 0;
    backend[j] = NO_SESSION;
    ranges++;
    say("worker %d, session %d: splits range %d", s, j);
    printf(" at %d\n", range[j].upper);
    tell(s, AGAIN);
    forgetMessage(s)
}

inline executeFinish(s) {
    say("worker %d, session %d: the run is completed, %d ranges\n", s, ranges);
    /* No key was left out. */
    assert(applied == ALL_KEYS);
    finished = 1;
    tell(s, COMPLETED);
    forgetMessage(s)
}

/* The end of a session that was cut off: its transaction is rolled back, its ranges are free. */
inline endSession(s) {
    forgetMessage(s);
    forgetTransaction(s);
    for (i : 0 .. RANGES - 1) {
        if
        :: backend[i] == s -> backend[i] = NO_SESSION
        :: else
        fi
    }
    session[s].owner = NOBODY;
    i = 0
}

/* A worker that notices later than at once that its session has ended does nothing else in between. */
#define calm (!isBroken[0] && !isBroken[1])
#define has(s, what) (calm && !session[s].commit && session[s].kind == what)
#define hasCommit(s) (calm && session[s].commit)

proctype Backend(byte s) {
    byte i;
end:
    do
    /* COMMIT is asynchronous. */
    :: d_step { hasCommit(s) -> executeCommit(s); flush() }
    :: d_step { hasCommit(s) && crashes > 0 -> executeCommit(s) }
    :: d_step { hasCommit(s) && errors > 0 -> failCommit(s) }

    :: d_step {
        (has(s, CHUNK) && session[s].transaction == NO_TRANSACTION && !areLocked(s, session[s].from, session[s].upto)) ->
            lockKeys(s)
    }
    :: d_step {
        has(s, CHUNK) && session[s].transaction == LOCKED && (!isMine(s) || !isLocked(s, session[s].id)) ->
            executeCheckpoint(s)
    }
    :: d_step { has(s, CHUNK) && session[s].transaction == LOCKED && errors > 0 -> failChunk(s) }

    /* The rest is synchronous. */
    :: d_step { has(s, RECLAIM) && mayReclaim(s) -> executeReclaim(s); flush() }
    :: d_step { has(s, RECLAIM) && mayReclaim(s) && mayStayUnflushed -> executeReclaim(s) }
    :: d_step { has(s, SEEK) && canClaim(s, 0) -> executeClaim(s, 0); flush() }
    :: d_step { has(s, SEEK) && canClaim(s, 0) && mayStayUnflushed -> executeClaim(s, 0) }
    :: d_step { has(s, SEEK) && canSplit(s, 0) -> executeSplit(s, 0); flush() }
    :: d_step { has(s, SEEK) && canSplit(s, 0) && mayStayUnflushed -> executeSplit(s, 0) }
#if RANGES >= 2
    :: d_step { has(s, SEEK) && canClaim(s, 1) -> executeClaim(s, 1); flush() }
    :: d_step { has(s, SEEK) && canClaim(s, 1) && mayStayUnflushed -> executeClaim(s, 1) }
    :: d_step { has(s, SEEK) && canSplit(s, 1) -> executeSplit(s, 1); flush() }
    :: d_step { has(s, SEEK) && canSplit(s, 1) && mayStayUnflushed -> executeSplit(s, 1) }
#endif
#if RANGES >= 3
    :: d_step { has(s, SEEK) && canClaim(s, 2) -> executeClaim(s, 2); flush() }
    :: d_step { has(s, SEEK) && canClaim(s, 2) && mayStayUnflushed -> executeClaim(s, 2) }
#endif
    :: d_step { has(s, SEEK) && !finished && allDone -> executeFinish(s); flush() }
    :: d_step { has(s, SEEK) && finished -> tell(s, COMPLETED); forgetMessage(s) }

    /* One that was cut off ends behind what it has got, or somewhere before. */
    :: d_step { calm && s >= WORKERS && session[s].owner != NOBODY -> endSession(s) }
    od
}

/* ---- The workers. ---- */

inline send(withCommit, what, rangeId, fromKey, uptoKey, atEpoch, last) {
    d_step {
        if
        :: !isBroken[me] ->
            session[me].commit = withCommit;
            session[me].kind = what;
            session[me].id = rangeId;
            session[me].from = fromKey;
            session[me].upto = uptoKey;
            session[me].epoch = atEpoch;
            session[me].isLast = last
        :: else
        fi
    }
}

inline forgetAnswer() {
    answer[me].toRest = NO_ANSWER;
    answer[me].id = 0;
    answer[me].cursor = 0;
    answer[me].upper = 0;
    answer[me].epoch = 0
}

inline takeRange() {
    id = answer[me].id;
    cursor = answer[me].cursor;
    upper = answer[me].upper;
    epoch = answer[me].epoch;
    forgetAnswer()
}

inline forgetRange() {
    id = 0;
    cursor = 0;
    upper = 0;
    epoch = 0;
    bound = 0;
    next = 0
}

#define answered(what) (answer[me].toRest == (what))
#define heardNothing (isBroken[me] && answer[me].toCommit == NO_ANSWER && answer[me].toRest == NO_ANSWER)

/* What a worker does between an answer and its next message is one step. */
proctype Worker(byte me) {
    byte id, cursor, upper, epoch; /* what it believes */
    byte bound, next; /* the end of the chunk under way, and of the one behind it */

seek:
    atomic {
        forgetRange();
        send(0, SEEK, 0, 0, 0, 0, 0)
    }
    if
    :: atomic { answered(OK) -> takeRange(); goto work }
    :: atomic { answered(AGAIN) -> forgetAnswer(); goto seek }
    :: atomic { answered(COMPLETED) -> forgetAnswer(); forgetRange(); goto ended }
    :: atomic { heardNothing -> isBroken[me] = 0; goto seek }
    fi;

reclaim:
    atomic {
        bound = 0;
        next = 0;
        send(0, RECLAIM, id, 0, 0, epoch, 0)
    }
    if
    :: atomic { answered(OK) -> takeRange(); goto work }
    :: atomic { answered(NO_ROW) -> forgetAnswer(); goto seek }
    :: atomic { heardNothing -> isBroken[me] = 0; goto reclaim }
    fi;

work: /* a chunk alone */
    atomic {
        next = 0;
        if
        :: bound = cursor + 1
        :: cursor + LARGEST_CHUNK <= upper -> bound = cursor + LARGEST_CHUNK
        fi;
        send(0, CHUNK, id, cursor, bound, epoch, (bound == upper))
    }
checkpoint:
    if
    :: atomic { answered(OK) -> forgetAnswer(); goto commit }
    :: atomic { answered(NO_ROW) -> forgetAnswer(); goto noRow }
    :: atomic { answered(FAILED) -> forgetAnswer(); goto work }
    :: atomic { heardNothing -> isBroken[me] = 0; goto lost }
    fi;

commit: /* alone, or with the whole of the next chunk behind it */
    atomic {
        if
        :: next = 0;
            send(1, NOTHING, 0, 0, 0, 0, 0)
        :: bound < upper ->
            if
            :: next = bound + 1
            :: bound + LARGEST_CHUNK <= upper -> next = bound + LARGEST_CHUNK
            fi;
            send(1, CHUNK, id, bound, next, epoch, (next == upper))
        fi
    }
    if
    :: atomic {
        answer[me].toCommit == OK ->
            answer[me].toCommit = NO_ANSWER;
            cursor = bound;
            if
            :: next != 0 -> bound = next; next = 0; goto checkpoint
            :: next == 0 && cursor == upper -> goto seek
            :: else -> goto work
            fi
        }
    :: atomic { answer[me].toCommit == FAILED -> answer[me].toCommit = NO_ANSWER; goto failedCommit }
    :: atomic { heardNothing -> isBroken[me] = 0; goto unknown }
    fi;

failedCommit:
#ifdef SYNC_BEHIND_COMMIT /* the server executes the next chunk all the same, and the worker goes by that chunk's answer */
    if
    :: atomic { next != 0 && answered(OK) -> forgetAnswer(); bound = next; next = 0; goto commit }
    :: atomic { next != 0 && (answered(NO_ROW) || answered(FAILED)) -> forgetAnswer(); goto work }
    :: atomic { next != 0 && heardNothing -> isBroken[me] = 0; goto lost }
    :: atomic { next == 0 -> goto work }
    fi;
#else
    atomic { goto work }
#endif

noRow:
#ifdef NO_ROW_TRIES_AGAIN
    atomic { goto work }
#else
    atomic { goto reclaim }
#endif

lost: /* another session than before */
#ifdef NO_REREAD
    atomic { goto work }
#else
    atomic { goto reclaim }
#endif

unknown: /* another session than before, and a COMMIT without an answer */
#ifdef NO_LOOKUP
    atomic { goto work }
#else
    atomic { goto reclaim }
#endif

ended:
    skip
}

/* ---- What goes wrong. ---- */

inline crash() {
    crashes--;
    goBack();
    printf("the server crashes; what is left ends at %d in range 0, %d ranges\n", range[0].cursor, ranges);
    for (j : 0 .. SESSIONS - 1) {
        forgetMessage(j);
        forgetTransaction(j);
        if
        :: j < WORKERS ->
            isBroken[j] = 1;
            answer[j].toCommit = NO_ANSWER;
            answer[j].toRest = NO_ANSWER;
            answer[j].id = 0;
            answer[j].cursor = 0;
            answer[j].upper = 0;
            answer[j].epoch = 0
        :: else -> session[j].owner = NOBODY
        fi
    }
    j = 0;
    if
    :: crashes == 0 ->
        for (i : 0 .. RANGES - 1) {
            kept[i].cursor = 0;
            kept[i].upper = 0;
            kept[i].epoch = 0;
            kept[i].owner = 0;
            kept[i].state = 0
        }
        i = 0;
        keptRanges = 0;
        keptApplied = 0
    :: else
    fi
}

#if LOSSES > 0
/* The server goes on with what it has got; the worker hears of none of it. */
inline cutOff(w) {
    losses--;
    j = WORKERS + losses;
    printf("worker %d: its session is cut off and is now session %d\n", w, j);
    session[j].owner = w;
    session[j].commit = session[w].commit;
    session[j].kind = session[w].kind;
    session[j].id = session[w].id;
    session[j].from = session[w].from;
    session[j].upto = session[w].upto;
    session[j].epoch = session[w].epoch;
    session[j].isLast = session[w].isLast;
    session[j].transaction = session[w].transaction;
    session[j].openId = session[w].openId;
    session[j].openFrom = session[w].openFrom;
    session[j].openUpto = session[w].openUpto;
    session[j].openEpoch = session[w].openEpoch;
    session[j].openIsLast = session[w].openIsLast;
    forgetMessage(w);
    forgetTransaction(w);
    for (i : 0 .. RANGES - 1) {
        if
        :: backend[i] == w -> backend[i] = j
        :: else
        fi
    }
    i = 0;
    j = 0;
    isBroken[w] = 1;
    answer[w].toCommit = NO_ANSWER;
    answer[w].toRest = NO_ANSWER;
    answer[w].id = 0;
    answer[w].cursor = 0;
    answer[w].upper = 0;
    answer[w].epoch = 0
}
#endif

#define canExpire(i) \
    (calm && expiries > 0 && (i) < ranges && range[i].state == RUNNING && !leaseOver[i] && backend[i] != NO_SESSION)

proctype Trouble() {
    byte i, j;
end:
    do
    :: d_step { calm && crashes > 0 && !finished -> crash() }
#if LOSSES > 0
    :: d_step { calm && losses > 0 && !finished -> cutOff(0) }
    :: d_step { calm && losses > 0 && !finished -> cutOff(1) }
#endif
    :: d_step { canExpire(0) -> expiries--; leaseOver[0] = 1; printf("the lease of range 0 is over\n") }
#if RANGES >= 2
    :: d_step { canExpire(1) -> expiries--; leaseOver[1] = 1; printf("the lease of range 1 is over\n") }
#endif
#if RANGES >= 3
    :: d_step { canExpire(2) -> expiries--; leaseOver[2] = 1; printf("the lease of range 2 is over\n") }
#endif
    od
}

init {
    byte i;
    atomic {
        for (i : 0 .. RANGES - 1) {
            range[i].owner = NOBODY;
            backend[i] = NO_SESSION
        }
        for (i : 0 .. RANGES_AT_START - 1) {
            range[i].cursor = i * KEYS / RANGES_AT_START;
            range[i].upper = (i + 1) * KEYS / RANGES_AT_START
        }
        ranges = RANGES_AT_START;
        flush();
        for (i : 0 .. SESSIONS - 1) {
            session[i].owner = (i < WORKERS -> i : NOBODY);
            run Backend(i)
        }
        for (i : 0 .. WORKERS - 1) { run Worker(i) }
        i = 0;
        run Trouble()
    }
}
