-- store: part of accept, whose words and names it uses. What is taken is stored, and its ledger
-- names it.

-- It takes its place, and is owed to whom it goes.
local function store(i)
  local id, key, lane = words[i], words[i + KEY], words[i + LANE]
  local rec = P .. 'rec:' .. id
  if again[i] then
    call('RENAME', P .. 'again:' .. id, rec)
    call('PERSIST', rec)
  end
  if late[i] then
    local event = call('HGET', rec, 'e')
    call('HSET', rec, 'l', 1, 'e', '{"late":true,' .. string.sub(event, 2))
  end
  local to = withoutEchoes(i, rec)
  -- As its sender's group has it, which makes the same token of it.
  local several = string.find(words[i + TO], ' ', 1, true)
  local own = not again[i] and not late[i] and not bound[i] and (several and ' m' or '')
  -- Mostly it goes to one peer, which others of the group go to.
  if owed[to] then
    oweTo(numbers[i], to, id, key, lane, own)
    return
  end
  for peer in string.gmatch(to, '%S+') do
    oweTo(numbers[i], peer, id, key, lane, own)
  end
  if to == '' then call('PEXPIRE', rec, life) end
end

-- Its ledger names it.
local function enter(m)
  local i, ledger = taken[m], ledgers[m]
  unfold(ledger)
  local entry = words[i] .. ' ' .. words[i + FINGERPRINT]
  local last, at = latest[m], told[ledger]
  if last and at then
    call('HSET', ledger, fields[m], entry, 'u', last, 't', at)
  elseif last or at then
    call('HSET', ledger, fields[m], entry, last and 'u' or 't', last or at)
  else
    call('HSET', ledger, fields[m], entry)
  end
end

local function name(m)
  enter(m)
  entered[m] = true
  call('PEXPIRE', ledgers[m], life)
end

-- False and why: then no record stays that the ledger does not name.
local function storeAll()
  local done, why = pcall(function()
    for _, i in ipairs(taken) do store(i) end
    -- What is derived stands behind its cause, and is named before it.
    for m = #taken, 1, -1 do
      if together[taken[m]] == 2 then name(m) end
    end
    for m = 1, #taken do
      if not entered[m] then name(m) end
    end
  end)
  if done then return true end
  for m, i in ipairs(taken) do
    if not entered[m] then redis.pcall('DEL', P .. 'rec:' .. words[i], contentOf(i)) end
  end
  return false, why
end
