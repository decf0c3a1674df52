-- lives: part of accept, whose words and names it uses. Where a thing stands in its life cycle, and
-- where a step leads from there. Where it stands is one text (FORMAT.md, "Life cycle"): most steps
-- change its beginning and add themselves to its end, so that alone is looked at first.
local cycleField, lists, lifeAt, parse, cycleOf, moveOn, comesEarly, storeLives
local cycles, byNumber, shown
do
  local STANDS = 16       -- spans are kept; the oldest two of more become one of their length
  local STANDING = '^(%S*) (%S+) (%d+) (%d+) (%S+) (%S+) (%S+) (%d+) (%S+) (%S+)$'
  local find, match, sub = string.find, string.match, string.sub
  local tables = {}       -- by name of a life cycle: what was read of it
  local facts = {}        -- by life cycle, by step: factsOf
  local rules = {}        -- by life cycle: ruleOf
  local lives = {}        -- by key of Redis: of things that their own records move
  local moving = {}       -- what of these and of `orders` has moved
  local usedCycles = {}   -- the set of life cycles that it moved by
  cycles = {}       -- those of this group
  byNumber = {}     -- the same by what a step calls them
  for cycle in string.gmatch(ARGV[6], '%S+') do
    cycles[#cycles + 1] = cycle
    byNumber[tostring(#cycles)] = cycle
  end

  -- A field of a life cycle's table; "" where it has none.
  function cycleField(name, field)
    local known = tables[name]
    if not known then
      known = {}
      tables[name] = known
    end
    local value = known[field]
    if not value then
      value = call('HGET', P .. 'cycle:' .. name, field) or ''
      known[field] = value
    end
    return value
  end

  function lists(name, field, word)
    return find(cycleField(name, field), ';' .. word .. ';', 1, true) ~= nil
  end

  -- What a life cycle says of things that are given back too often.
  local function ruleOf(name)
    local rule = rules[name]
    if not rule then
      local counted, most, state, refused = match(
        cycleField(name, 'returns'), '^(%S+) (%d+) (%S+) (%S+)$')
      rule = { counted = counted, most = tonumber(most), state = state, refused = refused or '' }
      rules[name] = rule
    end
    return rule
  end

  -- What a life cycle says of a step. `quick`: by the beginning of a standing, the beginning behind
  -- it, where nothing else changes.
  local function factsOf(name, step)
    local known = facts[name] or {}
    facts[name] = known
    local said = known[step]
    if said then return said end
    local word, rule = ';' .. step .. ';', ruleOf(name)
    said = {
      word = word,
      moves = cycleField(name, 'm:' .. step),
      quick = {},
      round = lists(name, 'rounds', step),
      acceptance = lists(name, 'acceptance', step),
      dispatch = lists(name, 'dispatch', step),
      extends = lists(name, 'extension', step),
      returned = rule.counted == step,
      refused = find(rule.refused, word, 1, true) ~= nil,
    }
    said.plain = not (said.round or said.acceptance or said.dispatch or said.extends or
      said.returned or said.refused)
    known[step] = said
    return said
  end

  local function stateOf(stage)
    return match(stage, '^[^,]*')
  end

  -- Where the thing of that key stands, in field `life`, as this group leaves it so far. What its
  -- own records move has a place for its type, for other types may share its key. What steps move
  -- stands beside what else is known of its key; an older version wrote its state alone, in a place
  -- of its own.
  function lifeAt(key, name, byItself)
    local o
    if not byItself then
      o = orderOf(key)
      if not o.life then o.life = o.about.s or call('GET', P .. 'life:' .. key) or '' end
      return o
    end
    local place = P .. 'life:' .. match(name, '^[^:]*') .. ' ' .. key
    o = lives[place]
    if not o then
      o = { key = key, place = place, life = call('GET', place) or '' }
      lives[place] = o
    end
    return o
  end

  function parse(text)
    local stage, cycle, round, returns, receipt, acceptance, dispatch, extended, stood, made =
      match(text, STANDING)
    if not stage then
      return { stage = text, round = 1, returns = 0, extended = 0, receipt = '-', acceptance = '-',
               dispatch = '-', stood = '-', made = ';' }
    end
    return { stage = stage, cycle = cycle, round = tonumber(round), returns = tonumber(returns),
             receipt = receipt, acceptance = acceptance, dispatch = dispatch,
             extended = tonumber(extended), stood = stood, made = made }
  end

  local function textOf(o)
    return table.concat({ o.stage, o.cycle, o.round, o.returns, o.receipt, o.acceptance, o.dispatch,
                          o.extended, o.stood, o.made }, ' ')
  end

  -- The life cycle by which it is judged: until a thing has ended, that of its last step.
  function cycleOf(thing, name)
    local own = thing.cycle
    if not own or own == name or match(own, '^[^:]*') ~= match(name, '^[^:]*') then return name end
    local goesOn = cycleField(own, 'ends') ~= '' and not lists(own, 'ends', stateOf(thing.stage))
    return goesOn and own or name
  end

  -- Where that step leads: the state behind it, the life cycle and the step's name. Nothing: it
  -- cannot follow. "" for the step: nothing changes.
  local function leadsTo(thing, step, name, byItself)
    local cycle = cycleOf(thing, name)
    local said, rule = factsOf(cycle, step), ruleOf(cycle)
    local stage, state = thing.stage, stateOf(thing.stage)
    -- What the life cycle does not know is a word of the county's.
    if byItself and (state == step or said.moves == '') then return stage, cycle, '' end
    local _, here = find(said.moves, ';' .. stage .. '>', 1, true)
    if not here then
      -- Its sender has not heard that it was given back too often.
      if byItself and state == rule.state then return stage, cycle, '' end
      return nil, cycle
    end
    local to, by = match(said.moves, '^([^;=]*)=?([^;]*)', here + 1)
    by = by ~= '' and by or step
    said = factsOf(cycle, by)
    if said.refused and thing.returns >= rule.most then return nil, cycle end
    if said.returned and thing.returns + 1 >= rule.most then
      to = rule.state .. sub(to, #stateOf(to) + 1)
    end
    return to, cycle, by
  end

  -- The steps that could follow, or the states.
  local function followersOf(thing, cycle, byItself)
    local names = {}
    for _, field in ipairs(call('HKEYS', P .. 'cycle:' .. cycle)) do
      local name = match(field, '^m:(.*)$')
      if name and leadsTo(thing, name, cycle, byItself) then names[#names + 1] = name end
    end
    table.sort(names)
    return #names > 0 and table.concat(names, ', ') or 'nothing'
  end

  -- A step as people may be shown it: a sender has written it.
  function shown(step)
    return (string.gsub(step, '[%c"\\]', '?'))
  end

  -- Why that step cannot follow.
  local function objection(thing, step, cycle, byItself)
    local kind = match(cycle, '^[^:]*')
    local here = thing.stage == '' and 'nothing' or (string.gsub(thing.stage, ',', ' with '))
    return 'step ' .. shown(step) .. ' cannot follow on ' .. here .. ', where this ' .. kind ..
      ' stands; what can: ' .. followersOf(thing, cycle, byItself)
  end

  -- With room for one more: the oldest two become one of their length.
  local function shortened(stood)
    local spans = {}
    for from, till in string.gmatch(stood, '(%d+)%-(%d+)') do
      spans[#spans + 1] = { from, till }
    end
    if #spans == STANDS then
      spans[2][1] = spans[2][1] - (spans[1][2] - spans[1][1])
      table.remove(spans, 1)
    end
    for j, span in ipairs(spans) do
      spans[j] = string.format('%d-%d,', span[1], span[2])
    end
    return table.concat(spans)
  end

  local function standsIn(cycle, stage)
    local stands = cycleField(cycle, 'stands')
    return stands ~= ';' and find(stands, ';' .. stateOf(stage) .. ';', 1, true) ~= nil
  end

  -- The clocks stand while it is in a state that says so.
  local function tellStand(thing, stands, at)
    local began = match(thing.stood, '(%d+)%-$')
    if began and not stands then
      thing.stood = thing.stood .. string.format('%d', math.max(at, began))
    elseif stands and not began then
      thing.stood = shortened(thing.stood) .. string.format('%d-', at)
    end
  end

  local function tellClocks(thing, said, at)
    if thing.receipt == '-' then thing.receipt = at end
    if said.round and thing.stage ~= '' then
      thing.round, thing.made, thing.dispatch, thing.extended = thing.round + 1, ';', '-', 0
    end
    if said.returned then thing.returns = thing.returns + 1 end
    if said.acceptance then thing.acceptance = at end
    if said.dispatch then thing.dispatch = at end
    if said.extends then thing.extended = thing.extended + 1 end
  end

  -- What was made stands last, the last of it at the end.
  local function withMade(text, word, from)
    local at, till = find(text, word, from, true)
    if till == #text then return text end
    if at then text = sub(text, 1, at) .. sub(text, till + 1) end
    return text .. sub(word, 2)
  end

  -- Where the step of another type's record changes nothing but state and steps made: the text
  -- behind it. Nothing: look closer.
  local function quickly(text, step, name)
    local till = find(text, ' ', (find(text, ' ', 1, true) or #text) + 1, true)
    if not till then return end
    local said = factsOf(name, step)
    local to = said.quick[sub(text, 1, till)]
    return to and withMade(to .. sub(text, till + 1), said.word, #to)
  end

  -- Moves what `o` tells of on; the step was made at `at`, ms. False and why: it cannot follow.
  function moveOn(o, step, name, byItself, at)
    local text = not byItself and quickly(o.life, step, name)
    if text then
      o.life = text
      moving[o] = true
      usedCycles[name] = true
      return true
    end
    local thing = parse(o.life)
    local to, cycle, by = leadsTo(thing, step, name, byItself)
    if not to then return false, objection(thing, step, cycle, byItself) end
    if by == '' then return true end
    local said, stands = factsOf(cycle, by), standsIn(cycle, to)
    at = string.format('%d', at)
    if said.plain and not stands and not standsIn(cycle, thing.stage) and thing.cycle == name then
      said.quick[thing.stage .. ' ' .. name .. ' '] = to .. ' ' .. name .. ' '
    end
    tellClocks(thing, said, at)
    tellStand(thing, stands, at)
    thing.stage, thing.cycle = to, cycle
    thing.made = withMade(thing.made, said.word, 1)
    o.life = textOf(thing)
    moving[o] = true
    usedCycles[cycle] = true
    return true
  end

  -- It cannot follow on where its thing stands, and could on where one more step leads. On the end
  -- of a thing nothing is awaited.
  function comesEarly(o, step, name, byItself)
    local thing = parse(o.life)
    local cycle = cycleOf(thing, name)
    if lists(cycle, 'ends', stateOf(thing.stage)) then return false end
    for _, field in ipairs(call('HKEYS', P .. 'cycle:' .. cycle)) do
      local before = match(field, '^m:(.*)$')
      local to = before and leadsTo(thing, before, cycle, byItself)
      if to and to ~= thing.stage then
        local later = { stage = to, cycle = cycle, returns = thing.returns }
        if leadsTo(later, step, cycle, byItself) then return true end
      end
    end
    return false
  end

  -- `tell`: is called with the key of each thing that has moved; nothing: nobody asks.
  function storeLives(tell)
    for o in pairs(moving) do
      if tell then tell(o.key) end
      if o.place then
        call('SET', o.place, o.life, 'PX', life)
      else
        learn(o, 's', o.life)
        moved[o.key] = o
      end
    end
    -- The table of a former version lives as long as what stands in it.
    for name in pairs(usedCycles) do
      call('PEXPIRE', P .. 'cycle:' .. name, life)
    end
  end
end
