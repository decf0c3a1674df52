-- steps: part of accept, whose words and names it uses. Steps in the lives of things, and what is
-- late.
local DAY = 86400000

local nowMs = tonumber(now)
local spanned, spanAt, spanUnit

-- When what those words tell happened, and its span. No clock is ahead of ours.
local function spanOf(i, kind)
  if spanned ~= i then
    local at = tonumber(words[i + kind.at])
    spanned, spanAt, spanUnit = i, at and math.min(at, nowMs), tonumber(words[i + kind.unit])
  end
  return spanAt, spanUnit
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
    local last, its
    if string.sub(field, 1, 2) == about then
      last, its = string.match(value, '^(%-?%d+) (%d+)$')
    end
    if last then
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

-- By which life cycle, and whether it is the state of a thing of its own type.
local function cycleWord(i)
  local word = words[i + STEP.cycle]
  local name = byNumber[word]
  if name then return name, false end
  return byNumber[string.sub(word, 2)], true
end

-- It moves the life of another type's thing: such a step is a thing of its own.
local function isStepOfAnother(kind, i)
  return kind == STEP and byNumber[words[i + STEP.cycle]] ~= nil
end

-- Moves the life of its thing on, as record `id`. False and why: it cannot follow.
local function advance(i, id)
  local name, byItself = cycleWord(i)
  local o = lifeAt(words[i + KEY], name, byItself)
  local at, unit = spanOf(i, STEP)
  local well, why = moveOn(o, words[i + STEP.step], name, byItself, at or nowMs)
  if not well or byItself then return well, why end
  tell(o, 't:' .. words[i + PEER], at, unit)
  -- The last eight steps are enough to know one that comes again.
  local ids = id .. ' ' .. (o.about.ids or '')
  learn(o, 'ids', string.sub(ids, 1, 8 * (#id + 1)))
  return true
end

-- What was cut off when record `first` came: its life may lack its step.
local function catchUp(i, first)
  local counted = true
  if isStepOfAnother(STEP, i) then
    local o = orderOf(words[i + KEY])
    counted = string.find(o.about.ids or '', first, 1, true) or toldLater(o, i, STEP, 't:')
  end
  if not counted then advance(i, first) end
end

-- One that is early waits for the step before it.
local function cannotFollow(n, i, why)
  local name, byItself = cycleWord(i)
  local path = '/data/' .. string.gsub(cycleField(name, 'field'), '%.', '/')
  local key = words[i + KEY]
  local early = earlyMayWait and
    comesEarly(lifeAt(key, name, byItself), words[i + STEP.step], name, byItself)
  if early then
    quarantineRecord(n, 'e', i, 'validate.early_step', path, why, nil, 'step:' .. key)
  else
    quarantineRecord(n, 'l', i, 'validate.life_cycle', path, why)
  end
  return false
end

-- What comes late is marked and moves nothing, or is quarantined, as is what cannot follow: then
-- false.
local function follows(n, i)
  local name = cycleWord(i)
  local o, step, flags = orderOf(words[i + KEY]), words[i + STEP.step], words[i + STEP.flags]
  local later = toldLater(o, i, STEP, 't:')
  if later then
    local cycle = cycleOf(parse(lifeAt(words[i + KEY], name).life), name)
    if flags ~= 'f' and (lateIs == 'a' or lists(cycle, 'closing', step)) then
      local why = 'step ' .. shown(step) .. ' happened before the last step that ' .. later ..
        ' told of this ' .. string.match(name, '^[^:]*')
      quarantineRecord(n, 't', i, 'validate.late_step', '/data/time', why)
      return false
    end
    late[i] = true
    return true
  end
  local well, why = advance(i, words[i])
  return well or cannotFollow(n, i, why)
end
