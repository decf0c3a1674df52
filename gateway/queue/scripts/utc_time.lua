-- utc_time: part of accept and resend. A time in ms, as 2026-01-31T08:00:00Z: for people, in a line
-- that is kept.
local function utcTime(ms)
  local floor = math.floor
  local seconds = floor(ms / 1000)
  local days, rest = floor(seconds / 86400), seconds % 86400
  -- Days of eras of 400 years that begin in March, so that a leap day ends a year.
  local shifted = days + 719468
  local era = floor(shifted / 146097)
  local ofEra = shifted - era * 146097
  local year =
    floor((ofEra - floor(ofEra / 1460) + floor(ofEra / 36524) - floor(ofEra / 146096)) / 365)
  local ofYear = ofEra - (365 * year + floor(year / 4) - floor(year / 100))
  local march = floor((5 * ofYear + 2) / 153)
  local day = ofYear - floor((153 * march + 2) / 5) + 1
  local month = march < 10 and march + 3 or march - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02dZ', year, month, day,
                       floor(rest / 3600), floor(rest / 60) % 60, rest % 60)
end
