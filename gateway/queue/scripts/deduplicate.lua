-- deduplicate: part of accept, whose words and names it uses. Whether a record is accepted, came
-- before, or cannot stand.

-- What the ledger says, this group's own part with it: of that field the first id, its fingerprint,
-- the leaf where its content was updated in place; then fields u and t.
local function firstOf(ledger, field)
  local m = newest[ledger]
  while m do
    if fields[m] == field then
      local i = taken[m]
      return words[i], words[i + FINGERPRINT], ''
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
  if first ~= id and same ~= words[i + FINGERPRINT] then
    quarantineRecord(n, 'x', i, 'deduplicate.conflict', '/revision',
                     'this revision came before with other content, as record ' .. first, first)
    return
  end
  -- Where the first was cut off, the life of its key may lack its step.
  if complete(n, first, words[i + TO]) then
    if kind == STEP then catchUp(i, first) end
    markClocks(kind, i, first)
  end
  discard(i)
  repeated[i] = first
  -- Where its step ended half-way nobody has told of it yet.
  if first == id then
    note('a', id)
    return
  end
  if again[i] then call('SET', P .. 'was:' .. id, first, 'PX', life) end
  say(n, 'd', first)
  count(words[i + PEER], 'duplicates')
  if quiet or ours then return end
  note('d', words[i + PEER] .. ' ' .. first)
end

local function accept(i, ledger, field, u)
  local m = #taken + 1
  taken[m], ledgers[m], fields[m], before[m], latest[m] = i, ledger, field, newest[ledger], u
  mine[words[i]] = true
  newest[ledger] = m
  count(words[i + PEER], 'accepted')
  return m
end

-- Whether the record that stands under that id was accepted, and is no content that was left there.
local function wasAccepted(id)
  local rec = P .. 'rec:' .. id
  local to = call('HGET', rec, 'to') or ''
  for peer in string.gmatch(to, '%S+') do
    if call('HEXISTS', rec, 'd:' .. peer) == 1 then return true end
    if call('ZSCORE', P .. 'open:' .. peer, id) then return true end
  end
  return false
end

-- Whether nobody has sent it before, and nothing but that is asked of it: then it is accepted. Its
-- content is stored, so the ledger may name it. What is taken together is named
-- together, and what comes behind it under its key not before.
local function isPlainlyNew(kind, i, ledger, field, comparable)
  local asked = words[i + RIGHTS] ~= '' or unnamed[words[i + KEY]]
  local simple = kind ~= STEP and not asked and not again[i] and not newest[ledger]
  if not simple or words[i + kind.former] ~= '' and words[i + REVISION] == '' then return false end
  local at, unit
  if kind == REVISED then at, unit = spanOf(i, REVISED) end
  if not enterFirst(i, ledger, field, comparable, at, unit) then return false end
  named[i] = true
  entered[accept(i, ledger, field)] = true
  markClocks(kind, i, words[i])
  return true
end

-- Decides on one record. All that may fail is read here, before anything else is written.
local function deduplicate(n, kind, i)
  local id, peer, fingerprint = words[i], words[i + PEER], words[i + FINGERPRINT]
  local sourceId, revision = words[i + SOURCE], words[i + REVISION]
  local rights, former, rest = words[i + RIGHTS], words[i + kind.former], words[i + kind.rest]
  local ledger = ledgerOf(peer, sourceId, fingerprint)
  local field = revision ~= '' and 'r:' .. revision or 'c:' .. fingerprint
  -- It is stored, and its place is free or its own: the ledger must name nothing else.
  if call('HEXISTS', contentOf(i), 'k') == 0 then error({ err = 'ERR the content is missing' }) end
  local there = again[i] and call('HEXISTS', P .. 'rec:' .. id, 'k') == 1
  local comparable = revision == '' and sourceId ~= '' and rest ~= ''
  if theirIds[i] and not mayRefer(n, i) then return end
  if isPlainlyNew(kind, i, ledger, field, comparable) then return end

  -- Did it come before? Fingerprints of an older rule are compared by that rule.
  local first, same, leaf, u, t = firstOf(ledger, field)
  -- Its ledger has gone before it: an exception keeps the record.
  if there and not first and wasAccepted(id) then
    first, same, leaf = id, fingerprint, ''
  end
  named[i] = first == id
  if same == '-' and first ~= id then first = nil end
  if not first and former ~= '' and revision == '' then
    first, same, leaf = formerOf(peer, sourceId, former), fingerprint, ''
  end
  if first then
    local ofOlderRule = former == '' and string.sub(same, 1, 2) ~= '2:'
    if same == former or ofOlderRule then same = fingerprint end
  end
  local released = first and first ~= id and leaf ~= '' and isReleased(peer, leaf)
  if first and not released then return repeats(n, kind, i, first, same) end

  -- Is it a counter that goes on?
  if comparable and not released then
    local last
    last, leaf = updated(i, ledger, u, rest)
    if last then return repeats(n, kind, i, last, fingerprint) end
  end

  -- May it stand, and does it follow on what came before it?
  if rights ~= '' and not mayStand(n, i, rights) then return end
  local isStep = isStepOfAnother(kind, i)
  if isStep and not follows(n, i) then return end
  if not isStep and kind ~= RECORD and not revises(n, kind, i, ledger, t, rights ~= '') then
    return
  end

  -- Its receivers may name its key, and the next revision is compared with it.
  if rights ~= '' then grant(i, rights) end
  local last
  if isStep or not late[i] then
    last = comparable and id .. ' - ' .. leaf or (u or newest[ledger]) and '' or nil
  end
  accept(i, ledger, field, last)
  markClocks(kind, i, id)
end

