#!lua
-- accept: one group of entries becomes durable: recognise what came before, owe it, line it up.
-- The content of each record was stored before this, in the same transaction: as `rec:<id>`, or,
-- of one that may have been sent under its id before, as `again:<id>`. What is not accepted is
-- taken away here.
-- KEYS[1] the prefix. ARGV: now ms, ledger's life ms, skew ms between peers' clocks, "<late> <wait
-- ms> <most>" of steps that come late ("d" delivered and marked, "a" quarantined) or early (so long
-- and so many of one sender wait), the journal's mark, the life cycles that this group moves things
-- by ("<type>:<version>", blanks between), how many takers, of each its peer, how many it takes at
-- most, and "<node> <lease time ms>.<number of the node's call>".
-- Then the entries, each led by its kind:
--   r   A record: id peer sourceid revision fingerprint key lane destinations rights former rest
--       rights: destinations that may name the key in turn; "?" before them: this one names a key
--       that may be another's. former: the fingerprint by the rule of 0.1, "" once its ledger is
--       forgotten. rest: the member of data with what is not mapped, then paths in it that do not
--       count, a line each.
--   o   A revision of a thing with a status: as r to rights, then: at unit flags former rest
--       at: when it happened, ms, told to `unit` ms. flags: f, a person has it taken.
--   s   What moves the life of its key: as r to rights, then: step cycle at unit flags former rest
--       cycle: which of the life cycles; "=" before it: of its own type, step is the state that it
--       is in. at and unit: "" where that is not known. flags: as above.
--   R O S   As r, o and s, of what was answered already: stored as `again`; the id of a repetition
--       leads to the first.
--   i   Its sender's own id of what the key of the next record stands for: id
--   d   Steps of what the key of the next record stands for have limits: its type
--   g   The next record is one of the gateway's own: it counts as sent by nobody.
--       Each of these three stands right before r, o or s (R, O, S), in this order.
--   q   What could not become a record: id peer sourceid origin problems code body evidence
--   w   As q, of one that waits for what it names; then: what till most
--       till: ms. Where `most` of its sender wait already, it does not.
--   +1  Before r, o, s or q, and R, O, S: it is derived from the record before it that has no such
--       word; +2, from the one before it with +1; and so on. It is taken only with that one (part
--       derive), and is no entry of its own: it has no verdict, and where it fails that one does.
--   ?1  Before s or S: alike within key. A step that takes the place of the order behind it where
--       one that is alike has come within so many ms; key: its own order's, as its event has it.
--   c   A cursor: peer cursor token m. Stored only while that token holds the right to poll ("" =
--       whoever does), and where none of the m entries before it failed.
-- Returns two lists. The second is what is leased to takers, flat: peer, fence, how many hints were
-- put into its lanes beside, how many are leased, their ids. The first is what was not plainly
-- accepted, flat: entry number, verdict, text. The verdicts:
--   d   a duplicate; text: the first id
--   q   quarantined before; text: the exception's id
--   w   quarantined, now or before, and waits; text: the exception's id, a line end, till
--   x conflict, l a step that cannot follow, e an early one, t a late one, v a late revision, k a
--       key that its sender may not name, i its sender's id is another key's; text: that
--       exception's id where the same was quarantined before, a line end, the first id or why
-- Where entries failed its last element is a list of their numbers, each followed by why: a key of
-- another type, say. The other entries are not touched by that.
-- NOCYCLE where the table of a life cycle is missing: nothing was done then.
-- An entry whose id is there already (sent again after a lost answer) counts as accepted, once.
-- Redis undoes nothing where a script ends half-way. So it is read first and then written in this
-- order: the ledger, lives, `open`, lines, counts, cursors. Where the ledger names a record, it was
-- stored: if it is missing, it has gone by retention; if it is owed and stands in no line, its
-- repetition or the sweep (mend) lines it up. A ledger's first entry is entered where it is read.
local P = KEYS[1] .. ':'
local now, life, skew = ARGV[1], ARGV[2], tonumber(ARGV[3])
local lateIs, earlyFor, earlyMost = string.match(ARGV[4], '^(%a) (%d+) (%d+)$')
local earlyMayWait = earlyFor ~= '0' and earlyMost ~= '0'
local mark, takerCount = ARGV[5], ARGV[7]
local TAKERS = 8  -- where the words of takers begin
local call, words = redis.call, ARGV

-- Where the words of a record stand behind the first, its id; by kind those behind the rights.
-- `size`: how many there are behind the kind.
local PEER, SOURCE, REVISION, FINGERPRINT, KEY, LANE, TO, RIGHTS = 1, 2, 3, 4, 5, 6, 7, 8
local RECORD = { former = 9, rest = 10, size = 11 }
local REVISED = { at = 9, unit = 10, flags = 11, former = 12, rest = 13, size = 14 }
local STEP = {
  step = 9,
  cycle = 10,
  at = 11,
  unit = 12,
  flags = 13,
  former = 14,
  rest = 15,
  size = 16,
}
local KINDS = { r = RECORD, o = REVISED, s = STEP, R = RECORD, O = REVISED, S = STEP }
local ANSWERED = { R = true, O = true, S = true }

-- Of what is accepted, by its place in the group.
local taken = {}    -- where its words begin
local ledgers = {}  -- its ledger
local fields = {}   -- its field there
local before = {}   -- the one before it in the same ledger
local latest = {}   -- field u of that ledger; "" ends that of an older record
local entered = {}  -- its ledger has it already

-- By ledger.
local newest = {}   -- the last that is accepted
local told = {}     -- its field t, where a revision has come

-- By where the words of a record begin.
local again = {}    -- stored as `again`
local named = {}    -- the ledger names it under its own id
local repeated = {} -- the first, where it came before
local bound = {}    -- a step that was given the key of another order
local together = {} -- 2: it is derived; 1: something is derived from it
local late = {}     -- it came late
local numbers = {}  -- the entry's number
local steps = {}    -- it is a step
local theirIds = {} -- its sender's own id of what its key stands for
local limited = {}  -- the type of what its key stands for, where steps of that have limits

-- By id.
local mine = {}       -- this group accepts it
local completed = {}  -- its lines were looked after

-- By key: one of it is taken and will be named later.
local unnamed = {}

-- By peer.
local counts = {}
local owed = {}
local peers = {}  -- the names of both

local verdicts, cursors = {}, {}
local failed, failures = {}, {}  -- by entry number; what is answered of them

local quiet = false  -- what is done is about something derived
local ours = false   -- it is about something that the gateway itself has made
local trial = false  -- what cannot stand is no exception: something else will be taken

local function count(peer, what)
  if (quiet or ours) and what ~= 'quarantined' then return end
  local c = counts[peer]
  if not c then
    c = {}
    counts[peer] = c
    peers[#peers + 1] = peer
  end
  c[what] = (c[what] or 0) + 1
end

local function say(n, word, text)
  if quiet then return end
  local m = #verdicts
  verdicts[m + 1], verdicts[m + 2], verdicts[m + 3] = n, word, text
end

local function contentOf(i)
  return P .. (again[i] and 'again:' or 'rec:') .. words[i]
end

-- It is not accepted now. What was accepted under this id, before or by this group, stays. So does
-- what is no content.
local function discard(i)
  if mine[words[i]] or named[i] and not again[i] then return end
  local content = contentOf(i)
  if redis.pcall('HEXISTS', content, 'k') == 1 then call('DEL', content) end
end

-- What has no source id is known by its content.
local function ledgerOf(peer, sourceId, fingerprint)
  return P .. 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. fingerprint)
end

-- include journal
-- include signs
-- include wrong_key
-- include arrivals
-- include waiting
-- include utc_time
-- include quarantine
-- include line_up

-- Notes that it is to be lined up for this peer. `own`: its event is the one that came with it; it
-- is then what stands behind its token.
local function oweTo(n, peer, id, key, lane, own)
  local o = owed[peer]
  if not o then
    o = { ids = {}, keys = {}, lanes = {}, open = {}, numbers = {}, own = {} }
    owed[peer] = o
    peers[#peers + 1] = peer
  end
  local m = #o.ids + 1
  o.ids[m], o.keys[m], o.lanes[m], o.numbers[m] = id, key, lane, n
  o.open[2 * m - 1], o.open[2 * m], o.own[id] = now, id, own
end

-- include is_lost

-- include complete
-- include ledger
-- include references
-- include rights
-- include lives
-- include steps
-- include clocks
-- include revise
-- include may_wait
-- include counters
-- include echo
-- include deduplicate

-- include store
-- include failures

-- Each entry by itself, so that a damaged key fails what needs it and nothing else.
-- What follows it in its key's line waits with it.
local stuck = {}
local function take(n, kind, i)
  local key = words[i + KEY]
  numbers[i], steps[i] = n, kind == STEP
  if stuck[key] then
    fail({ n }, stuck[key], {})
  else
    local well, why = pcall(deduplicate, n, kind, i)
    if well then return end
    fail({ n }, why, suspectsOf(i))
    theirIds[i] = nil
    stuck[key] = failures[#failures]
  end
  pcall(discard, i)
end

-- What could not become a record.
local function keep(n, i, waits)
  local well, known, till
  if waits then
    well, known, till = pcall(quarantine, unpack(words, i, i + 10))
  else
    well, known, till = pcall(quarantine, unpack(words, i, i + 7))
  end
  if well and till then
    say(n, 'w', (known or words[i]) .. '\n' .. till)
  elseif well and known then
    say(n, 'q', known)
  end
  if well then return end
  local id, peer = words[i], words[i + 1]
  fail({ n }, known, {
    'same:' .. peer, 'hash',
    'excs', 'zset',
    'excn', 'hash',
    'share', 'hash',
    'exc:' .. id, 'hash',
  })
end

-- include derive
-- include hand_out

-- The thing of that key has moved on: who waits for it is looked at once more, behind those who are
-- to be looked at already. Each stays in its line meanwhile, so that the next move finds it, too.
local function tellMove(key)
  local ids = redis.pcall('LRANGE', P .. 'awaits:step:' .. key, 0, -1)
  if ids.err or #ids == 0 then return end
  local AT_ONCE = 1000  -- unpack() takes less than 8,000 values
  for from = 1, #ids, AT_ONCE do
    redis.pcall('RPUSH', P .. 'awaits:moved',
                unpack(ids, from, math.min(from + AT_ONCE - 1, #ids)))
  end
  redis.pcall('ZADD', P .. 'arrived', 'NX', now, 'moved')
end

-- Calls, in the order of the words: record(n, kind, i, level, once, leads), item(n, i, level,
-- waits), and cursor(n, i). once: alike, within, key. leads: what comes next is derived from it.
local function walk(record, item, cursor)
  local i, n = TAKERS + 3 * takerCount, 0
  while i <= #words do
    local sign, level = string.match(words[i], '^([+?])(%d)$')
    local once
    if level then
      i = i + 1
      n = n - 1
    end
    if sign == '?' then
      once = { alike = words[i], within = words[i + 1], key = words[i + 2] }
      i = i + 3
    end
    local word, id, thing, own = words[i], nil, nil, false
    if word == 'c' then
      cursor(n, i)
      i = i + 5
    else
      if word == 'i' then
        id, i = words[i + 1], i + 2
        word = words[i]
      end
      if word == 'd' then
        thing, i = words[i + 1], i + 2
        word = words[i]
      end
      if word == 'g' then
        own, i = true, i + 1
        word = words[i]
      end
      n = n + 1
      local kind = KINDS[word]
      if kind then
        theirIds[i + 1], limited[i + 1], again[i + 1] = id, thing, ANSWERED[word]
        local next = i + 1 + kind.size
        local leads = string.match(words[next] or '', '^[+?]%d$') ~= nil
        ours = own
        record(n, kind, i + 1, tonumber(level or 0), once, leads)
        ours = false
        i = next
      else
        item(n, i + 1, tonumber(level or 0), word == 'w')
        i = i + (word == 'w' and 12 or 9)
      end
    end
  end
end

local function pass()
end

-- 1. Deduplicate, and see what may stand. Where the script ends here no content of this group stays
-- but what the ledger names.
local decided, why = pcall(function()
  for _, cycle in ipairs(cycles) do
    if call('EXISTS', P .. 'cycle:' .. cycle) == 0 then
      return redis.error_reply('NOCYCLE the table of ' .. cycle .. ' is missing')
    end
  end
  walk(takeFamily, keepFamily, function(n, i)
    cursors[#cursors + 1] = { i = i, n = n }
  end)
end)
if not decided or why then
  mine = {}
  walk(function(_, _, i)
    pcall(discard, i)
  end, pass, pass)
  if decided then return why end
  error(why, 0)
end

-- 2. The ledger: from now on they are accepted.
writeMarks()
local stored, whyNot = storeAll()
if not stored then
  return type(whyNot) == 'table' and whyNot or redis.error_reply('ERR ' .. tostring(whyNot))
end

for _, i in ipairs(taken) do
  note('a', words[i])
end

-- 3. Lives of things, who may name their keys, and peers' own ids of them.
local anybodyWaits = call('EXISTS', P .. 'waits') == 1
storeLives(anybodyWaits and tellMove)
for key, o in pairs(moved) do
  local known = P .. 'known:' .. key
  call('HSET', known, unpack(o.set))
  call('PEXPIRE', known, life)
end
for _, g in ipairs(grants) do
  local known = P .. 'known:' .. g.key
  call('HSET', known, 'p:' .. g.peer, 1)
  call('PEXPIRE', known, life)
  if anybodyWaits then arrive('', '', g.key) end
end

for _, i in ipairs(referring) do
  if theirIds[i] then refer(i) end
end
tellArrivals()

openWindows()

-- 4. Lines, each peer by itself.
if #peers > 0 then call('SADD', P .. 'peers', unpack(peers)) end
for peer, o in pairs(owed) do
  local bad = {}
  local well, cause = pcall(lineUpAt, peer, o, bad)
  if not well or next(bad) then failLines(peer, o, bad, not well and cause or nil) end
end

-- 5. Figures: no record waits for them.
for peer, o in pairs(owed) do
  redis.pcall('HINCRBY', P .. 'count:' .. peer, 'owed', #o.ids)
end
for peer, c in pairs(counts) do
  for what, by in pairs(c) do
    redis.pcall('HINCRBY', P .. 'count:' .. peer, what, by)
  end
  sign('in', peer, now)
end
writeSigns()

writeJournal(mark, now)

-- 6. Where sources stand.
for _, c in ipairs(cursors) do
  local peer, cursor, token, entries = unpack(words, c.i + 1, c.i + 4)
  local well = true
  for number = c.n - entries + 1, c.n do
    well = well and not failed[number]
  end
  if well and (token == '' or call('HGET', P .. 'pollers', peer) == token) then
    call('SET', P .. 'cursor:' .. peer, cursor)
  end
end
if #failures > 0 then verdicts[#verdicts + 1] = failures end
return { verdicts, leased }
