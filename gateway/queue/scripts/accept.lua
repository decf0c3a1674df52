#!lua
-- accept: one group of entries becomes durable: recognise what came before, store, owe, line up.
-- KEYS[1] the hash-tagged prefix. ARGV: now ms, ledger's life ms, skew ms between peers' clocks, what becomes of late
-- steps ("d" delivered and marked, "a" set aside), then entries, each led by its kind:
--   r id peer sourceid revision fingerprint key type lane destinations event body evidence rights former rest
--                             rights = destinations that may name the key in turn; "?" before them: this one names
--                             a key that may be another's
--                             former = the fingerprint by the rule of 0.1, "" once its ledger is forgotten;
--                             rest = the member of data with what is not mapped, then paths in it that do not
--                             count, a line each
--   s … as r to rights, then: step moves at unit flags former rest      a step in the life of its key; moves = ";from>to;…" of states,
--                             at = when it happened, ms, "" where that is not known, told to `unit` ms;
--                             flags: c it ends the order, f a person has it taken although it is late
--   o … as r to rights, then: at unit flags former rest      a revision of a thing with a status: flags as above, f alone
--   R O S … as r, o and s, of what was answered already: the id of a repetition leads to the first
--   q id peer sourceid origin problems code body evidence
--   c peer cursor token m     stored only while that token holds the right to poll ("" = whoever does), and where none
--                             of the m entries before it failed
-- Returns what was not plainly accepted, flat: entry number, then "d" duplicate and the first id, "q" quarantined
-- before and the exception's id, "x" conflict, "l" a step that cannot follow, "t" a late one, "v" a late revision or
-- "k" a key that its sender may not name, and: that exception's id where the same was set aside before, a line end, the
-- first id or why.
-- Where entries failed the last element is a list of their numbers, each followed by why: a key of another type, say.
-- The other entries are not touched by that.
-- An entry whose id is there already (sent again after a lost answer) counts as accepted, once.
-- Redis undoes nothing where a script ends half-way. So it is read first and then written in this order: records, the
-- ledger, lives, `open`, lines, counts, cursors. Where the ledger names a record, it was stored: if it is missing, it
-- has gone by retention; if it is owed and stands in no line, its repetition or the sweep (mend) lines it up.
local P, now, life, skew, lateIs = KEYS[1] .. ':', ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local call, words, verdicts, counts, day = redis.call, ARGV, {}, {}, 86400000
-- Of what is accepted: where its words begin, its ledger and field there, the one before in the same ledger.
local taken, ledgers, fields, before, newest, completed = {}, {}, {}, {}, {}, {}
local latest = {}  -- of what is accepted: field u of its ledger; "" ends that of an older record
local told = {}    -- by ledger: its field t, where a revision has come
-- By kind: where its words behind the rights begin, of when it happened and of what all have.
local kinds = { r = { all = 13 }, o = { at = 13, all = 16 }, s = { at = 15, all = 18, steps = true } }
kinds.R, kinds.O, kinds.S = kinds.r, kinds.o, kinds.s
local owed, peers, cursors, late = {}, {}, {}, {}
local numbers, failed, failures = {}, {}, {}
local orders, moved, granted, grants, since = {}, {}, {}, {}, {}

local function count(peer, what)
  local c = counts[peer]
  if not c then c = {} counts[peer] = c peers[#peers + 1] = peer end
  c[what] = (c[what] or 0) + 1
end

local function say(n, word, text) verdicts[#verdicts + 1] = n verdicts[#verdicts + 1] = word verdicts[#verdicts + 1] = text end

-- include wrong_key

-- Those entries failed, if it is damage: what Redis refuses for another reason ends the script, for the entries behind
-- would pass these.
local function fail(entries, why, keys)
  local text = type(why) == 'table' and why.err or tostring(why)
  local damage = string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'not an integer', 1, true) or
    string.find(text, '^user_script:')
  if not damage then error(why, 0) end
  why = namedCause(text, keys)
  for _, n in ipairs(entries) do
    if not failed[n] then failures[#failures + 1] = n failures[#failures + 1] = why end
    failed[n] = true
  end
end

-- The same bytes of the same sender, refused for the same cause, are the same exception, which counts them.
-- Returns its id where it was there before. One that stands in no index yet was cut off, and is made again.
local function quarantine(id, peer, sourceId, origin, problems, code, body, evidence)
  local exc, same = P .. 'exc:' .. id, P .. 'same:' .. peer
  local there = call('HMGET', exc, 'peer', 'code')
  if there[1] and call('ZSCORE', P .. 'excs', id .. ' ' .. there[1] .. ' ' .. there[2]) then return end
  local print = redis.sha1hex(code .. '\n' .. sourceId .. '\n' .. #body .. '\n' .. body .. evidence)
  local first = call('HGET', same, print)
  if first and call('ZSCORE', P .. 'excs', first .. ' ' .. peer .. ' ' .. code) then
    call('HINCRBY', P .. 'exc:' .. first, 'seen', 1)
    call('HSET', P .. 'exc:' .. first, 'last', now)
    count(peer, 'quarantined')
    return first
  end
  local size = #body + #evidence + #problems
  call('HSET', exc, 'peer', peer, 'print', print, 'seen', 1, 'in', 1, 'code', code, 'at', now, 'source', sourceId,
       'origin', origin, 'size', size, 'detail', problems, 'body', body, 'evidence', evidence)
  call('HSET', same, print, id)
  call('HINCRBY', P .. 'share', peer .. ' n', 1)
  call('HINCRBY', P .. 'share', peer .. ' b', size)
  call('ZADD', P .. 'excs', 0, id .. ' ' .. peer .. ' ' .. code)
  call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
  count(peer, 'quarantined')
end

local function setAside(n, word, i, code, path, why, text)
  local known = quarantine(words[i], words[i + 1], words[i + 2], '', '[{"code":"' .. code .. '","path":"' .. path ..
    '","message":"' .. why .. '"}]', code, words[i + 10], words[i + 11])
  say(n, word, (known or '') .. '\n' .. (text or why))
end

-- include line_up

local function oweTo(n, peer, id, key, lane)
  local o = owed[peer]
  if not o then o = { ids = {}, keys = {}, lanes = {}, open = {}, numbers = {} } owed[peer] = o peers[#peers + 1] = peer end
  local m = #o.ids + 1
  o.numbers[m] = n
  o.ids[m], o.keys[m], o.lanes[m], o.open[2 * m - 1], o.open[2 * m] = id, key, lane, now, id
end

-- include is_lost

-- Lines up what a script that ended half-way left owed and in no line. Returns whether there was something. `likely`:
-- to whom it probably goes.
local function complete(n, id, likely)
  if completed[id] then return false end
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

-- What is known of an order, here and by this group so far.
local function orderOf(key)
  if orders[key] then return orders[key] end
  local o = { stage = call('GET', P .. 'life:' .. key) or '', about = {}, set = {} }
  local about = call('HGETALL', P .. 'known:' .. key)
  for i = 1, #about, 2 do o.about[about[i]] = about[i + 1] end
  orders[key] = o
  return o
end

local function learn(o, field, value)
  o.about[field] = value
  o.set[#o.set + 1] = field o.set[#o.set + 1] = value
end

-- From when on it is written down which keys that peer may name: 0 always, now where it was owed something before.
local function sinceOf(peer)
  if not since[peer] then
    since[peer] = call('HGET', P .. 'rights', peer)
    if not since[peer] then
      since[peer] = tonumber(call('HGET', P .. 'count:' .. peer, 'owed') or 0) > 0 and now or '0'
      call('HSET', P .. 'rights', peer, since[peer])
    end
  end
  return tonumber(since[peer])
end

local function mayName(peer, key)
  if string.sub(key, 1, #peer + 1) == peer .. ':' or granted[peer .. ' ' .. key] then return true end
  if orderOf(key).about['p:' .. peer] then return true end
  local from = sinceOf(peer)
  return from > 0 and now - from < tonumber(life)
end

-- When what those words tell happened, and its span. No clock is ahead of ours.
local function spanOf(i, kind)
  local at = tonumber(words[i + kind.at])
  return at and math.min(at, tonumber(now)), tonumber(words[i + kind.at + 1])
end

-- Who told of a later step (about "t:") or revision ("o:"), or nothing. What one peer tells is compared as exactly as it tells it. Peers' clocks
-- differ: between them only what exceeds the skew counts, a day where one tells days.
local function toldLater(o, i, kind, about)
  local at, unit = spanOf(i, kind)
  if not at then return end
  for field, value in pairs(o.about) do
    local last, its = string.match(value, '^(%-?%d+) (%d+)$')
    if last and string.sub(field, 1, 2) == about then
      local apart = 0
      if string.sub(field, 3) ~= words[i + 1] then
        apart = math.max(skew, (unit >= day or tonumber(its) >= day) and day or 0)
      end
      if at + unit + apart <= tonumber(last) then return string.sub(field, 3) end
    end
  end
end

local function tell(o, field, at, unit)
  local last = string.match(o.about[field] or '', '^%-?%d+')
  if at and (not last or at >= tonumber(last)) then learn(o, field, string.format('%d %d', at, unit)) end
end

-- Moves the order's life on, as record `id`. False: its step cannot follow.
local function advance(o, i, id)
  local moves, peer = words[i + 14], words[i + 1]
  local _, here = string.find(moves, ';' .. o.stage .. '>', 1, true)
  if not here then return false end
  o.stage = string.match(moves, '[^;]*', here + 1)
  moved[words[i + 5]] = o
  o.advanced = true
  tell(o, 't:' .. peer, spanOf(i, kinds.s))
  learn(o, 'ids', string.sub(id .. ' ' .. (o.about.ids or ''), 1, 8 * (#id + 1)))
  return true
end

-- What comes late is marked and moves nothing, or is set aside, as is what cannot follow: then false.
local function follow(n, i)
  local o, step, flags = orderOf(words[i + 5]), words[i + 13], words[i + 17]
  local later = toldLater(o, i, kinds.s, 't:')
  if later then
    if not string.find(flags, 'f', 1, true) and (lateIs == 'a' or string.find(flags, 'c', 1, true)) then
      setAside(n, 't', i, 'validate.late_step', '/data/time', 'step ' .. step .. ' happened before the last step that ' ..
        later .. ' told of this order')
      return false
    end
    late[i] = true
    return true
  end
  if advance(o, i, words[i]) then return true end
  setAside(n, 'l', i, 'validate.life_cycle', '/data/step', 'step ' .. step .. ' cannot follow on ' ..
    string.match(o.stage, '[^,]*') .. ', where this order stands')
  return false
end

-- include revise

-- An event in three: its mapped data, its unmapped leaves by path, when it happened. None where they would be long.
local function split(event, rest)
  local at = string.find(event, ',"data":{', 1, true)
  if not at then return end
  local head = string.sub(event, 1, at)
  local time = string.match(head, '"time":"([^"]*)"')
  if time == string.match(head, '"receivedtime":"([^"]*)"') then time = '' end
  local from, to = string.find(event, '"' .. rest .. '":{', at, true)
  if not from then return string.sub(event, at, -3), {}, time end
  if #event - to > 65536 then return end
  local whole, leaves = pcall(cjson.decode, string.sub(event, to, -3))
  if whole then return string.sub(event, at, from - 2), leaves, time end
end

-- The path of the one unmapped leaf in which alone two events of a thing differ.
local function leafBetween(one, other, rest)
  local member = string.match(rest, '^[^\n]*')
  local mapped, before, time = split(one, member)
  local mappedNow, now, timeNow = split(other, member)
  if not mapped or mapped ~= mappedNow or time ~= timeNow then return end
  for path in string.gmatch(rest, '\n([^\n]+)') do before[path] = nil now[path] = nil end
  local leaf
  for path, text in pairs(now) do
    if before[path] ~= text then
      if leaf then return end
      leaf = path
    end
    before[path] = nil
  end
  for path in pairs(before) do
    if leaf then return end
    leaf = path
  end
  return leaf
end

-- What the ledger says, this group's own part with it: of that field the first id, its fingerprint, the leaf where its
-- content was updated in place; then fields u and t.
local function firstOf(ledger, field)
  local m = newest[ledger]
  while m do
    if fields[m] == field then return words[taken[m]], words[taken[m] + 4], '' end
    m = before[m]
  end
  local known = call('HMGET', ledger, field, 'u', 't')
  if not known[1] then return nil, nil, nil, known[2], known[3] end
  local first, same, leaf = string.match(known[1], '^(%S*) (%S+) ?(.*)$')
  return first, same, leaf, known[2], known[3]
end

-- What 0.1 wrote of the same content is known by its own rule.
local function formerOf(peer, sourceId, former)
  local known = call('HGET', P .. 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. former), 'c:' .. former)
  if known then return string.match(known, '^%S*') end
end

local function isReleased(peer, leaf) return call('HGET', P .. 'held', peer .. ' ' .. leaf) == 'released' end

-- include may_wait

-- That record no longer says what it was accepted with. Only that entry itself, sent again, is still known by it.
local function outdate(ledger, id, leaf)
  local all = call('HGETALL', ledger)
  for k = 1, #all, 2 do
    if string.sub(all[k], 1, 2) == 'c:' and string.sub(all[k + 1], 1, #id + 1) == id .. ' ' then
      call('HSET', ledger, all[k], id .. ' - ' .. leaf)
    end
  end
end

-- Compares with the latest record of the thing. From the third revision that differs from the one before in the same
-- unmapped leaf alone (a counter), that leaf is updated in that record, and nothing is delivered, until a person says
-- otherwise (release). Returns the record's id where that was done; else nothing, and the leaf. Of two revisions in one
-- group the second is delivered. What waits stands in `holds` first, and its record is kept as long as the ledger.
local function updated(i, ledger, u, rest)
  local id, peer, print, event = words[i], words[i + 1], words[i + 4], words[i + 9]
  local last, inIt, path = string.match(u or '', '^(%S+) (%S+) (.*)$')
  local m, was = newest[ledger], nil
  if m then
    local j = taken[m]
    was = { words[j + 9], words[j + 5], words[j + 6], words[j + 7] }
  elseif last then
    was = call('HMGET', P .. 'rec:' .. last, 'e', 'k', 't', 'p')
  end
  local alike = was and was[1] and was[2] == words[i + 5] and was[3] == words[i + 6] and was[4] == words[i + 7]
  local leaf = alike and leafBetween(was[1], event, rest) or ''
  if m or leaf == '' or leaf ~= path then return nil, leaf end
  local held, holds = call('HGET', P .. 'held', peer .. ' ' .. leaf), P .. 'holds:' .. peer .. ':' .. leaf
  if not mayWait(held, holds, words[i + 2]) then return nil, leaf end
  if inIt == '-' and call('HLEN', ledger) > 1000 then return nil, leaf end
  local from, to = string.find(event, '"id":"' .. id .. '"', 1, true)
  local late = string.match(was[1], '^{"late":true,') or '{'
  call('ZADD', holds, now, words[i + 2])
  call('PEXPIRE', holds, life)
  call('HSET', P .. 'rec:' .. last, 'u', life, 'e', late .. string.sub(event, 2, from + 5) .. last .. string.sub(event, to),
       'b', words[i + 10], 'v', words[i + 11])
  call('PEXPIRE', P .. 'rec:' .. last, life, 'GT')
  if inIt == '-' then outdate(ledger, last, leaf) end
  call('HSET', ledger, 'c:' .. print, last .. ' ' .. print .. ' ' .. leaf, 'u', last .. ' ' .. print .. ' ' .. leaf)
  call('PEXPIRE', ledger, life)
  if inIt ~= '-' then call('HDEL', ledger, 'c:' .. inIt) end
  call('HSET', P .. 'held', peer .. ' ' .. leaf, tonumber(held or 0) + 1)
  return last
end

local function repeats(n, answered, steps, i, first, same)
  local id = words[i]
  if first ~= id and same ~= words[i + 4] then
    setAside(n, 'x', i, 'deduplicate.conflict', '/revision',
      'this revision came before with other content, as record ' .. first, first)
    return
  end
  if complete(n, first, words[i + 8]) and steps then
    local o = orderOf(words[i + 5])
    local moves = not string.find(o.about.ids or '', first, 1, true) and not toldLater(o, i, kinds.s, 't:')
    if moves then advance(o, i, first) end
  end
  if first == id then return end
  if answered then call('SET', P .. 'was:' .. id, first, 'PX', life) end
  say(n, 'd', first)
  count(words[i + 1], 'duplicates')
end

-- False: its key is none that its sender may name; it is set aside.
local function mayStand(n, i, rights)
  local peer, key = words[i + 1], words[i + 5]
  if string.sub(rights, 1, 1) == '?' and not mayName(peer, key) then
    setAside(n, 'k', i, 'validate.unknown_key', '/subject',
      'the key is that of no order which this peer has sent or was owed')
    return false
  end
  for holder in string.gmatch(rights, '[^?%s]+') do sinceOf(holder) end  -- it may fail, so before anything moves
  return true
end

-- Its receivers may name its key in turn.
local function grant(i, rights)
  for peer in string.gmatch(rights, '[^?%s]+') do
    granted[peer .. ' ' .. words[i + 5]] = true
    grants[#grants + 1] = { peer, words[i + 5] }
  end
end

local function judge(n, answered, kind, i)
  local peer, sourceId, revision, print, rights = words[i + 1], words[i + 2], words[i + 3], words[i + 4], words[i + 12]
  local former, rest, steps = words[i + kind.all], words[i + kind.all + 1], kind.steps
  local ledger = P .. 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. print)
  local field = revision ~= '' and 'r:' .. revision or 'c:' .. print
  local first, same, leaf, u, t = firstOf(ledger, field)
  if same == '-' and first ~= words[i] then first = nil end
  if not first and former ~= '' and revision == '' then first, same, leaf = formerOf(peer, sourceId, former), print, '' end
  if first and (same == former or former == '' and string.sub(same, 1, 2) ~= '2:') then same = print end
  local released = first and first ~= words[i] and leaf ~= '' and isReleased(peer, leaf)
  if first and not released then return repeats(n, answered, steps, i, first, same) end
  local comparable = revision == '' and rest ~= '' and sourceId ~= ''
  if comparable and not released then
    local last
    last, leaf = updated(i, ledger, u, rest)
    if last then return repeats(n, answered, steps, i, last, print) end
  end
  if rights ~= '' and not mayStand(n, i, rights) then return end
  if steps and not follow(n, i) then return end
  if kind == kinds.o and not revise(n, i, ledger, t, rights ~= '') then return end
  if rights ~= '' then grant(i, rights) end
  local m = #taken + 1
  taken[m], ledgers[m], fields[m], before[m] = i, ledger, field, newest[ledger]
  numbers[i] = n
  if steps or not late[i] then latest[m] = comparable and words[i] .. ' - ' .. leaf or (u or newest[ledger]) and '' end
  newest[ledger] = m
  count(peer, 'accepted')
end

local function store(i)
  local id, peer, _, _, _, key, type, lane, to, event, body, evidence = unpack(words, i, i + 11)
  local rec, n_to = P .. 'rec:' .. id, 1
  if late[i] then
    event = '{"late":true,' .. string.sub(event, 2)
    call('HSET', rec, 'l', 1)
  end
  if owed[to] then
    oweTo(numbers[i], to, id, key, lane)
  else
    n_to = 0
    for peerTo in string.gmatch(to, '%S+') do
      oweTo(numbers[i], peerTo, id, key, lane)
      n_to = n_to + 1
    end
  end
  if n_to == 1 and evidence == '' then
    call('HSET', rec, 'k', key, 't', type, 'p', lane, 'a', now, 's', peer, 'to', to, 'e', event, 'b', body)
    return
  end
  call('HSET', rec, 'k', key, 't', type, 'p', lane, 'a', now, 's', peer, 'to', to, 'e', event, 'b', body,
       'v', evidence)
  if n_to > 1 then call('HSET', rec, 'o', n_to) end
  if n_to == 0 then call('PEXPIRE', rec, life) end
end

-- False and why: then nothing is stored that the ledger does not name.
local function storeAll()
  local entered = 0
  local done, why = pcall(function()
    for _, i in ipairs(taken) do store(i) end
    for m, i in ipairs(taken) do
      local entry, ledger = words[i] .. ' ' .. words[i + 4], ledgers[m]
      local last, at = latest[m], told[ledger]
      if last and at then
        call('HSET', ledger, fields[m], entry, 'u', last, 't', at)
      elseif last or at then
        call('HSET', ledger, fields[m], entry, last and 'u' or 't', last or at)
      else
        call('HSET', ledger, fields[m], entry)
      end
      entered = m
      call('PEXPIRE', ledger, life)
    end
  end)
  for m = entered + 1, done and 0 or #taken do redis.pcall('DEL', P .. 'rec:' .. words[taken[m]]) end
  return done, why
end

-- Each entry by itself, so that a damaged key fails what needs it and nothing else.
-- What follows it in its key's line waits with it.
local stuck = {}
local function take(n, answered, kind, i)
  if stuck[words[i + 5]] then return fail({ n }, stuck[words[i + 5]], {}) end
  local well, why = pcall(judge, n, answered, kind, i)
  if well then return end
  local id, peer, sourceId, print, key, to = words[i], words[i + 1], words[i + 2], words[i + 4], words[i + 5], words[i + 8]
  local suspects = { 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. print), 'hash', 'life:' .. key, 'string',
                     'known:' .. key, 'hash', 'rec:' .. id, 'hash', 'rights', 'hash', 'same:' .. peer, 'hash',
                     'excs', 'zset', 'excn', 'hash', 'share', 'hash' }
  for peerTo in string.gmatch(to, '%S+') do
    for _, word in ipairs({ 'leases:' .. peerTo, 'hash', 'open:' .. peerTo, 'zset', 'busy:' .. peerTo, 'hash',
                            'count:' .. peerTo, 'hash',
                            'wait:' .. peerTo .. ':' .. key, 'list', 'ready:' .. peerTo .. ':n', 'list',
                            'ready:' .. peerTo .. ':h', 'list' }) do suspects[#suspects + 1] = word end
  end
  fail({ n }, why, suspects)
  stuck[key] = failures[#failures]
end

local function keep(n, i)
  local well, known = pcall(quarantine, unpack(words, i, i + 7))
  if well and known then say(n, 'q', known) end
  if not well then
    fail({ n }, known, { 'same:' .. words[i + 1], 'hash', 'excs', 'zset', 'excn', 'hash', 'share', 'hash',
                         'exc:' .. words[i], 'hash' })
  end
end

local function lineUpAt(peer, o, bad)
  call('ZADD', P .. 'open:' .. peer, 'NX', unpack(o.open))
  lineUp(peer, o, bad)
end

-- Of what could not be lined up fails what stands in a key's line that Redis refuses, or all of that peer.
local function failLines(peer, o, bad, why)
  local lanes = { 'ready:' .. peer .. ':n', 'list', 'ready:' .. peer .. ':h', 'list' }
  if why then return fail(o.numbers, why, { 'open:' .. peer, 'zset', 'busy:' .. peer, 'hash', unpack(lanes) }) end
  for j, key in ipairs(o.keys) do
    if bad[key] then fail({ o.numbers[j] }, bad[key], { 'wait:' .. peer .. ':' .. key, 'list', unpack(lanes) }) end
  end
end

local i, n = 5, 0
local most = #words
while i <= most do
  local kind = words[i]
  if kind == 'q' then
    n = n + 1
    keep(n, i + 1)
    i = i + 9
  elseif kind == 'c' then
    cursors[#cursors + 1] = { i, n }
    i = i + 5
  else
    n = n + 1
    local is = kinds[kind]
    take(n, string.byte(kind) < 97, is, i + 1)
    i = i + is.all + 3
  end
end
local stored, why = storeAll()
if not stored then return type(why) == 'table' and why or redis.error_reply('ERR ' .. tostring(why)) end
for key, o in pairs(moved) do
  if o.advanced then call('SET', P .. 'life:' .. key, o.stage, 'PX', life) end
  call('HSET', P .. 'known:' .. key, unpack(o.set))
  call('PEXPIRE', P .. 'known:' .. key, life)
end
for _, g in ipairs(grants) do
  call('HSET', P .. 'known:' .. g[2], 'p:' .. g[1], 1)
  call('PEXPIRE', P .. 'known:' .. g[2], life)
end
if #peers > 0 then call('SADD', P .. 'peers', unpack(peers)) end
for peer, o in pairs(owed) do
  local bad = {}
  local well, whyNot = pcall(lineUpAt, peer, o, bad)
  if not well or next(bad) then failLines(peer, o, bad, not well and whyNot or nil) end
end
-- Figures: no record waits for them.
for peer, o in pairs(owed) do redis.pcall('HINCRBY', P .. 'count:' .. peer, 'owed', #o.ids) end
for peer, c in pairs(counts) do
  for what, by in pairs(c) do redis.pcall('HINCRBY', P .. 'count:' .. peer, what, by) end
end
for _, c in ipairs(cursors) do
  local at, well = c[1], true
  for number = c[2] - words[at + 4] + 1, c[2] do well = well and not failed[number] end
  local token = words[at + 3]
  if well and (token == '' or call('HGET', P .. 'pollers', words[at + 1]) == token) then
    call('SET', P .. 'cursor:' .. words[at + 1], words[at + 2])
  end
end
if #failures > 0 then verdicts[#verdicts + 1] = failures end
return verdicts
