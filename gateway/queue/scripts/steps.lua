-- steps: part of accept, whose words and names it uses. Steps in the life of an order, and what is
-- late.
local DAY = 86400000

-- When what those words tell happened, and its span. No clock is ahead of ours.
local function spanOf(i, kind)
  local at = tonumber(words[i + kind.at])
  return at and math.min(at, tonumber(now)), tonumber(words[i + kind.unit])
end

-- How far apart two times of different peers must be. Where one tells days, it tells no more.
local function apartOf(unit, its)
  return math.max(skew, (unit >= DAY or its >= DAY) and DAY or 0)
end

-- Who told of a later step (about "t:") or revision ("o:"), or nothing. What one peer tells is
-- compared as exactly as it tells it. Peers' clocks differ: between them only what exceeds the skew
-- counts, a day where one tells days.
local function toldLater(o, i, kind, about)
  local at, unit = spanOf(i, kind)
  if not at then return end
  for field, value in pairs(o.about) do
    local last, its = string.match(value, '^(%-?%d+) (%d+)$')
    if last and string.sub(field, 1, 2) == about then
      local teller = string.sub(field, 3)
      local apart = teller ~= words[i + PEER] and apartOf(unit, tonumber(its)) or 0
      if at + unit + apart <= tonumber(last) then return teller end
    end
  end
end

local function tell(o, field, at, unit)
  local last = string.match(o.about[field] or '', '^%-?%d+')
  if at and (not last or at >= tonumber(last)) then
    learn(o, field, string.format('%d %d', at, unit))
  end
end

-- Moves the order's life on, as record `id`. False: its step cannot follow.
local function advance(o, i, id)
  local moves = words[i + STEP.moves]
  local _, here = string.find(moves, ';' .. o.stage .. '>', 1, true)
  if not here then return false end
  o.stage = string.match(moves, '[^;]*', here + 1)
  moved[words[i + KEY]] = o
  o.advanced = true
  tell(o, 't:' .. words[i + PEER], spanOf(i, STEP))
  -- The last eight steps are enough to know one that comes again.
  local ids = id .. ' ' .. (o.about.ids or '')
  learn(o, 'ids', string.sub(ids, 1, 8 * (#id + 1)))
  return true
end

-- What comes late is marked and moves nothing, or is quarantined, as is what cannot follow: then
-- false.
local function follows(n, i)
  local o, step, flags = orderOf(words[i + KEY]), words[i + STEP.step], words[i + STEP.flags]
  local later = toldLater(o, i, STEP, 't:')
  if later then
    local asked, ends = string.find(flags, 'f', 1, true), string.find(flags, 'c', 1, true)
    if not asked and (lateIs == 'a' or ends) then
      local why = 'step ' .. step .. ' happened before the last step that ' .. later ..
        ' told of this order'
      quarantineRecord(n, 't', i, 'validate.late_step', '/data/time', why)
      return false
    end
    late[i] = true
    return true
  end
  if advance(o, i, words[i]) then return true end
  local why = 'step ' .. step .. ' cannot follow on ' .. string.match(o.stage, '[^,]*') ..
    ', where this order stands'
  quarantineRecord(n, 'l', i, 'validate.life_cycle', '/data/step', why)
  return false
end
