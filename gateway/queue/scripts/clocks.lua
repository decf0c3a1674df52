-- clocks: part of accept, whose words and names it uses. Whose deadlines are to be reckoned again,
-- since a record of theirs or a step of theirs is taken: a mark says so until that is done (reckon,
-- arm).
local markClocks, writeMarks
do
  local AT_ONCE = 2000  -- words; unpack() takes some 8000
  local marks = {}      -- field and value in turn

  -- Record `id` is taken; its words begin at `i`. What came late moves nothing.
  function markClocks(kind, i, id)
    local thing = limited[i]
    if not thing or late[i] then return end
    local about = isStepOfAnother(kind, i) and 's' or 'r'
    marks[#marks + 1] = about .. thing .. ' ' .. words[i + KEY]
    marks[#marks + 1] = id
  end

  -- Before the ledger, for where this ends half-way one mark too many is looked at in vain. No
  -- record waits for it.
  function writeMarks()
    for from = 1, #marks, AT_ONCE do
      redis.pcall('HSET', P .. 'unclocked',
                  unpack(marks, from, math.min(from + AT_ONCE - 1, #marks)))
    end
  end
end
