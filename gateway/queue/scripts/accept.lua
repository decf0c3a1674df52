#!lua
-- accept: one group of entries becomes durable: recognise what came before, owe it, line it up.
-- The content of each record was stored before this, in the same transaction: as `rec:<id>`, or, of one that may have
-- been sent under its id before, as `again:<id>`. What is not accepted is taken away here.
-- KEYS[1] the prefix. ARGV: now ms, ledger's life ms, skew ms between peers' clocks, what becomes of late steps
-- ("d" delivered and marked, "a" set aside), how many takers, of each its peer, how many it takes at most, and
-- "<node> <lease time ms>.<number of the node's call>"; then entries, each led by its kind:
--   r id peer sourceid revision fingerprint key lane destinations rights former rest
--             rights: destinations that may name the key in turn; "?" before them: this one names a key that may be
--             another's. former: the fingerprint by the rule of 0.1, "" once its ledger is forgotten.
--             rest: the member of data with what is not mapped, then paths in it that do not count, a line each
--   o … as r to rights, then: at unit flags former rest      a revision of a thing with a status.
--             at: when it happened, ms, "" where that is not known, told to `unit` ms. flags: f, a person has it taken
--   s … as r to rights, then: step moves at unit flags former rest      a step in the life of its key.
--             moves: ";from>to;…" of states. flags: as above, and c, it ends the order
--   R O S … as r, o and s, of what was answered already: stored as `again`; the id of a repetition leads to the first
--   q id peer sourceid origin problems code body evidence      what could not become a record
--   c peer cursor token m     stored only while that token holds the right to poll ("" = whoever does), and where none
--             of the m entries before it failed
-- Returns two lists. The second is what is leased to takers, flat: peer, fence, how many, their ids.
-- The first is what was not plainly accepted, flat: entry number, then "d" duplicate and the first id, "q" quarantined
-- before and the exception's id, "x" conflict, "l" a step that cannot follow, "t" a late one, "v" a late revision or
-- "k" a key that its sender may not name, and: that exception's id where the same was set aside before, a line end, the
-- first id or why.
-- Where entries failed its last element is a list of their numbers, each followed by why: a key of another type, say.
-- The other entries are not touched by that.
-- An entry whose id is there already (sent again after a lost answer) counts as accepted, once.
-- Redis undoes nothing where a script ends half-way. So it is read first and then written in this order: the ledger,
-- lives, `open`, lines, counts, cursors. Where the ledger names a record, it was stored: if it is missing, it has gone
-- by retention; if it is owed and stands in no line, its repetition or the sweep (mend) lines it up.
local P = KEYS[1] .. ':'
local now, life, skew, lateIs = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local call, words, day = redis.call, ARGV, 86400000

-- Where the words of a record stand behind the first, its id; by kind those behind the rights. `size`: how many there are
-- behind the kind.
local PEER, SOURCE, REVISION, PRINT, KEY, LANE, TO, RIGHTS = 1, 2, 3, 4, 5, 6, 7, 8
local RECORD = { former = 9, rest = 10, size = 11 }
local REVISED = { at = 9, unit = 10, flags = 11, former = 12, rest = 13, size = 14 }
local STEP = { step = 9, moves = 10, at = 11, unit = 12, flags = 13, former = 14, rest = 15, size = 16 }
local KINDS = { r = RECORD, o = REVISED, s = STEP, R = RECORD, O = REVISED, S = STEP }

-- Of what is accepted, by its place in the group: where its words begin, its ledger and field there, the one before it
-- in the same ledger, and field u of that ledger ("" ends that of an older record).
local taken, ledgers, fields, before, latest = {}, {}, {}, {}, {}
local newest = {}   -- by ledger: the last of those
local entered = {}  -- by its place: its ledger has it already
local told = {}     -- by ledger: its field t, where a revision has come
local mine = {}     -- ids that this group accepts
local again = {}    -- by where its words begin: stored as `again`
local named = {}    -- … the ledger names it under its own id
local late = {}     -- … it came late
local numbers = {}  -- … the entry's number
local verdicts, failed, failures, counts, owed, peers, cursors = {}, {}, {}, {}, {}, {}, {}
local completed = {}

local function count(peer, what)
  local c = counts[peer]
  if not c then
    c = {}
    counts[peer] = c
    peers[#peers + 1] = peer
  end
  c[what] = (c[what] or 0) + 1
end

local function say(n, word, text)
  local m = #verdicts
  verdicts[m + 1], verdicts[m + 2], verdicts[m + 3] = n, word, text
end

local function contentOf(i)
  return P .. (again[i] and 'again:' or 'rec:') .. words[i]
end

-- It is not accepted now. What was accepted under this id, before or by this group, stays. So does what is no content.
local function discard(i)
  if mine[words[i]] or named[i] and not again[i] then return end
  if redis.pcall('HEXISTS', contentOf(i), 'k') == 1 then call('DEL', contentOf(i)) end
end

local function ledgerOf(peer, sourceId, print)
  return P .. 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. print)
end

-- include wrong_key
-- include quarantine
-- include line_up

-- `own`: its event is the one that came with it; it is then what stands behind its token.
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

-- Lines up what a script that ended half-way left owed and in no line. Returns whether there was something. `likely`:
-- to whom it probably goes.
local function complete(n, id, likely)
  if completed[id] or mine[id] then return false end
  completed[id] = true
  local rec, found = P .. 'rec:' .. id, false
  local r = call('HMGET', rec, 'k', 'p', 'to', 'd:' .. likely)
  if not r[1] then return false end
  for peer in string.gmatch(r[3], '%S+') do
    local state = r[4]
    if peer ~= likely then state = call('HGET', rec, 'd:' .. peer) end
    if (not state or string.sub(state, 1, 1) == 'w') and isLost(peer, id, r[1], r[2]) then
      oweTo(n, peer, id, r[1], r[2])
      found = true
    end
  end
  return found
end

-- include ledger
-- include rights
-- include steps
-- include revise
-- include may_wait
-- include counters

-- What the ledger says, this group's own part with it: of that field the first id, its fingerprint, the leaf where its
-- content was updated in place; then fields u and t.
local function firstOf(ledger, field)
  local m = newest[ledger]
  while m do
    if fields[m] == field then
      local i = taken[m]
      return words[i], words[i + PRINT], ''
    end
    m = before[m]
  end
  local entry, u, t = readLedger(ledger, field)
  if not entry then return nil, nil, nil, u, t end
  local first, same, leaf = string.match(entry, '^(%S*) (%S+) ?(.*)$')
  return first, same, leaf, u, t
end

-- What 0.1 wrote of the same content is known by its own rule.
local function formerOf(peer, sourceId, former)
  local known = readLedger(ledgerOf(peer, sourceId, former), 'c:' .. former)
  return known and string.match(known, '^%S*')
end

-- It came before, as record `first` with the fingerprint `same`.
local function repeats(n, kind, i, first, same)
  local id = words[i]
  if first ~= id and same ~= words[i + PRINT] then
    setAside(n, 'x', i, 'deduplicate.conflict', '/revision',
             'this revision came before with other content, as record ' .. first, first)
    return
  end
  if complete(n, first, words[i + TO]) and kind == STEP then
    local o = orderOf(words[i + KEY])
    local moves = not string.find(o.about.ids or '', first, 1, true) and not toldLater(o, i, kind, 't:')
    if moves then advance(o, i, first) end
  end
  discard(i)
  if first == id then return end
  if again[i] then call('SET', P .. 'was:' .. id, first, 'PX', life) end
  say(n, 'd', first)
  count(words[i + PEER], 'duplicates')
end

local function accept(i, ledger, field, u)
  local m = #taken + 1
  taken[m], ledgers[m], fields[m], before[m], latest[m] = i, ledger, field, newest[ledger], u
  mine[words[i]] = true
  newest[ledger] = m
  count(words[i + PEER], 'accepted')
  return m
end

-- Whether nobody has sent it before, and nothing but that is asked of it: then it is accepted. Its content is stored,
-- so the ledger may name it.
local function isPlainlyNew(kind, i, ledger, field, comparable)
  local simple = kind ~= STEP and words[i + RIGHTS] == '' and not again[i] and not newest[ledger]
  if not simple or words[i + kind.former] ~= '' and words[i + REVISION] == '' then return false end
  local at, unit
  if kind == REVISED then at, unit = spanOf(i, REVISED) end
  if not enterFirst(i, ledger, field, comparable, at, unit) then return false end
  named[i] = true
  if at then told[ledger] = string.format('%d %d ', at, unit) .. words[i] end
  entered[accept(i, ledger, field, comparable and words[i] .. ' - ' or nil)] = true
  return true
end

-- Decides on one record. All that may fail is read here, before anything else is written.
local function judge(n, kind, i)
  local id, peer, sourceId, revision = words[i], words[i + PEER], words[i + SOURCE], words[i + REVISION]
  local print, former, rights = words[i + PRINT], words[i + kind.former], words[i + RIGHTS]
  local ledger = ledgerOf(peer, sourceId, print)
  local field = revision ~= '' and 'r:' .. revision or 'c:' .. print
  -- It is stored, and its place is free or its own: the ledger must name nothing else.
  if call('HEXISTS', contentOf(i), 'k') == 0 then error({ err = 'ERR the content is missing' }) end
  local there = again[i] and call('HEXISTS', P .. 'rec:' .. id, 'k') == 1
  local comparable = revision == '' and sourceId ~= '' and words[i + kind.rest] ~= ''
  if isPlainlyNew(kind, i, ledger, field, comparable) then return end

  -- Did it come before? Fingerprints of an older rule are compared by that rule.
  local first, same, leaf, u, t = firstOf(ledger, field)
  -- Its ledger has gone before it: an exception keeps the record.
  if there and not first then first, same, leaf = id, print, '' end
  named[i] = first == id
  if same == '-' and first ~= id then first = nil end
  if not first and former ~= '' and revision == '' then
    first, same, leaf = formerOf(peer, sourceId, former), print, ''
  end
  if first and (same == former or former == '' and string.sub(same, 1, 2) ~= '2:') then same = print end
  local released = first and first ~= id and leaf ~= '' and isReleased(peer, leaf)
  if first and not released then return repeats(n, kind, i, first, same) end

  -- Is it a counter that goes on?
  if comparable and not released then
    local last
    last, leaf = updated(i, ledger, u, words[i + kind.rest])
    if last then return repeats(n, kind, i, last, print) end
  end

  -- May it stand, and does it follow on what came before it?
  if rights ~= '' and not mayStand(n, i, rights) then return end
  if kind == STEP and not follows(n, i) then return end
  if kind == REVISED and not revises(n, i, ledger, t, rights ~= '') then return end

  if rights ~= '' then grant(i, rights) end
  local last
  if kind == STEP or not late[i] then
    last = comparable and id .. ' - ' .. leaf or (u or newest[ledger]) and '' or nil
  end
  accept(i, ledger, field, last)
end

-- It takes its place, and is owed to whom it goes.
local function store(i)
  local id, key, lane, to = words[i], words[i + KEY], words[i + LANE], words[i + TO]
  local rec = P .. 'rec:' .. id
  if again[i] then
    call('RENAME', P .. 'again:' .. id, rec)
    call('PERSIST', rec)
  end
  if late[i] then call('HSET', rec, 'l', 1, 'e', '{"late":true,' .. string.sub(call('HGET', rec, 'e'), 2)) end
  local own = not again[i] and not late[i] and (string.find(to, ' ', 1, true) and ' m' or '')
  if owed[to] then
    oweTo(numbers[i], to, id, key, lane, own)
    return
  end
  for peer in string.gmatch(to, '%S+') do oweTo(numbers[i], peer, id, key, lane, own) end
  if to == '' then call('PEXPIRE', rec, life) end
end

local function enter(m)
  local i, ledger = taken[m], ledgers[m]
  unfold(ledger)
  local entry, last, at = words[i] .. ' ' .. words[i + PRINT], latest[m], told[ledger]
  if last and at then
    call('HSET', ledger, fields[m], entry, 'u', last, 't', at)
  elseif last or at then
    call('HSET', ledger, fields[m], entry, last and 'u' or 't', last or at)
  else
    call('HSET', ledger, fields[m], entry)
  end
end

-- False and why: then no record stays that the ledger does not name.
local function storeAll()
  local done, why = pcall(function()
    for _, i in ipairs(taken) do store(i) end
    for m = 1, #taken do
      if not entered[m] then
        enter(m)
        entered[m] = true
        call('PEXPIRE', ledgers[m], life)
      end
    end
  end)
  for m, i in ipairs(done and {} or taken) do
    if not entered[m] then redis.pcall('DEL', P .. 'rec:' .. words[i], contentOf(i)) end
  end
  return done, why
end

-- include failures

-- Each entry by itself, so that a damaged key fails what needs it and nothing else.
-- What follows it in its key's line waits with it.
local stuck = {}
local function take(n, kind, i)
  local key = words[i + KEY]
  numbers[i] = n
  if stuck[key] then
    fail({ n }, stuck[key], {})
  else
    local well, why = pcall(judge, n, kind, i)
    if well then return end
    fail({ n }, why, suspectsOf(i))
    stuck[key] = failures[#failures]
  end
  pcall(discard, i)
end

local function keep(n, i)
  local well, known = pcall(quarantine, unpack(words, i, i + 7))
  if well and known then say(n, 'q', known) end
  if not well then
    fail({ n }, known, { 'same:' .. words[i + 1], 'hash', 'excs', 'zset', 'excn', 'hash', 'share', 'hash',
                         'exc:' .. words[i], 'hash' })
  end
end

-- include hand_out

-- Calls, in the order of the words: record(n, kind, i), item(n, i), cursor(n, i).
local function walk(record, item, cursor)
  local i, n = 6 + 3 * words[5], 0
  while i <= #words do
    local word = words[i]
    local kind = KINDS[word]
    if word == 'c' then
      cursor(n, i)
      i = i + 5
    else
      n = n + 1
      if kind then
        again[i + 1] = string.byte(word) < 97
        record(n, kind, i + 1)
        i = i + 1 + kind.size
      else
        item(n, i + 1)
        i = i + 9
      end
    end
  end
end

local function pass()
end

-- 1. Judge. Where the script ends here no content of this group stays.
local judged, why = pcall(walk, take, keep, function(n, i)
  cursors[#cursors + 1] = { i, n }
end)
if not judged then
  mine = {}
  walk(function(_, _, i)
    pcall(discard, i)
  end, pass, pass)
  error(why, 0)
end

-- 2. The ledger: from now on they are accepted.
local stored, whyNot = storeAll()
if not stored then
  return type(whyNot) == 'table' and whyNot or redis.error_reply('ERR ' .. tostring(whyNot))
end

-- 3. Lives of orders, and who may name their keys.
for key, o in pairs(moved) do
  if o.advanced then call('SET', P .. 'life:' .. key, o.stage, 'PX', life) end
  call('HSET', P .. 'known:' .. key, unpack(o.set))
  call('PEXPIRE', P .. 'known:' .. key, life)
end
for _, g in ipairs(grants) do
  call('HSET', P .. 'known:' .. g[2], 'p:' .. g[1], 1)
  call('PEXPIRE', P .. 'known:' .. g[2], life)
end

-- 4. Lines, each peer by itself.
if #peers > 0 then call('SADD', P .. 'peers', unpack(peers)) end
for peer, o in pairs(owed) do
  local bad = {}
  local well, cause = pcall(lineUpAt, peer, o, bad)
  if not well or next(bad) then failLines(peer, o, bad, not well and cause or nil) end
end

-- 5. Figures: no record waits for them.
for peer, o in pairs(owed) do redis.pcall('HINCRBY', P .. 'count:' .. peer, 'owed', #o.ids) end
for peer, c in pairs(counts) do
  for what, by in pairs(c) do redis.pcall('HINCRBY', P .. 'count:' .. peer, what, by) end
end

-- 6. Where sources stand.
for _, c in ipairs(cursors) do
  local at, well = c[1], true
  for number = c[2] - words[at + 4] + 1, c[2] do well = well and not failed[number] end
  local token = words[at + 3]
  if well and (token == '' or call('HGET', P .. 'pollers', words[at + 1]) == token) then
    call('SET', P .. 'cursor:' .. words[at + 1], words[at + 2])
  end
end
if #failures > 0 then verdicts[#verdicts + 1] = failures end
return { verdicts, leased }
