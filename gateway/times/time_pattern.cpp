#include "times/time_pattern.h"

#include <algorithm>
#include <iterator>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::times {
namespace {

struct Spelling {
  std::string_view text;
  TimePart part;
  int width;
};
constexpr Spelling kSpellings[] = {
    {"yyyy", TimePart::year, 4}, {"yy", TimePart::year, 2},   {"MM", TimePart::month, 2},
    {"M", TimePart::month, 1},   {"dd", TimePart::day, 2},    {"d", TimePart::day, 1},
    {"HH", TimePart::hour, 2},   {"H", TimePart::hour, 1},    {"hh", TimePart::hour, 2},
    {"h", TimePart::hour, 1},    {"mm", TimePart::minute, 2}, {"m", TimePart::minute, 1},
    {"ss", TimePart::second, 2}, {"s", TimePart::second, 1},  {"SSS", TimePart::milli, 3},
    {"a", TimePart::half, 0},    {"E", TimePart::weekday, 0}, {"Z", TimePart::zone, 0}};

/// Letters that other programs know and mean something else by than who writes them here.
struct Stranger {
  char letter;
  std::string_view advice;
};
constexpr Stranger kStrangers[] = {
    {'Y', "Y is the year of a week in other programs; the year is yyyy"},
    {'D', "D is the day of a year in other programs; the day of a month is dd"},
    {'k', "hours are HH, or hh beside a"},
    {'K', "hours are HH, or hh beside a"},
    {'S', "milliseconds are SSS, seconds are ss"},
    {'y', "the year is yyyy, or yy where it has two digits"},
    {'M', "months are MM or M; their names are not read"},
    {'d', "the day is dd or d; the weekday is E"},
    {'E', "the weekday is one E"},
    {'a', "morning or afternoon is one a"},
    {'X', "the zone is Z"},
    {'z', "the zone is Z"},
    {'T', "put letters that stand for themselves in quotes: 'T'"}};

constexpr std::size_t kMostTokens = 40;  // keeps write() within kTimeTextSize

/// From the coarsest to the finest.
constexpr TimePart kChain[] = {TimePart::year,   TimePart::month,  TimePart::day,  TimePart::hour,
                               TimePart::minute, TimePart::second, TimePart::milli};

std::string_view nameOf(TimePart part) {
  switch (part) {
    case TimePart::year:
      return "years (yyyy)";
    case TimePart::month:
      return "months (MM)";
    case TimePart::day:
      return "days (dd)";
    case TimePart::hour:
      return "hours (HH)";
    case TimePart::minute:
      return "minutes (mm)";
    case TimePart::second:
      return "seconds (ss)";
    case TimePart::milli:
      return "milliseconds (SSS)";
    case TimePart::half:
      return "a";
    case TimePart::weekday:
      return "weekdays (E)";
    case TimePart::zone:
      return "the zone (Z)";
    case TimePart::literal:
      break;
  }
  return "text";
}

Error bad(std::string why) { return {codes::kConfig, "time pattern: " + std::move(why)}; }

Result<PatternToken> tokenOf(std::string_view letters) {
  for (const Spelling& known : kSpellings) {
    if (known.text == letters) return PatternToken{known.part, known.width, 0, letters[0] == 'h'};
  }
  std::string why = "'" + std::string(letters) + "' is no part of one; ";
  for (const Stranger& stranger : kStrangers) {
    if (stranger.letter == letters[0]) return bad(why + std::string(stranger.advice));
  }
  return bad(why +
             "write auto, epoch_s, epoch_ms, excel, or a pattern of yyyy MM dd HH mm ss SSS a E Z");
}

/// The parts of a pattern in their order, without what stands between them.
class Parts {
 public:
  explicit Parts(const std::vector<PatternToken>& tokens) {
    for (const PatternToken& token : tokens) {
      if (token.part == TimePart::literal) continue;
      parts_.push_back(token.part);
      twelve_ = twelve_ || token.twelve;
    }
  }

  [[nodiscard]] bool has(TimePart part) const { return count(part) > 0; }
  [[nodiscard]] std::optional<std::string> why(TimeUse use) const {
    for (const auto rule : {&Parts::confused, &Parts::twice, &Parts::gap, &Parts::half,
                            &Parts::dateOrder, &Parts::clockOrder, &Parts::pieces}) {
      if (auto why = (this->*rule)()) return why;
    }
    if (use == TimeUse::read && !has(TimePart::day))
      return "it has no dd; what is read needs its day, which nobody may guess";
    return std::nullopt;
  }

 private:
  using Why = std::optional<std::string>;

  [[nodiscard]] std::ptrdiff_t count(TimePart part) const {
    return std::count(parts_.begin(), parts_.end(), part);
  }
  [[nodiscard]] std::ptrdiff_t at(TimePart part) const {
    return std::find(parts_.begin(), parts_.end(), part) - parts_.begin();
  }
  static bool ofDate(TimePart part) {
    return part == TimePart::year || part == TimePart::month || part == TimePart::day;
  }
  static bool ofClock(TimePart part) {
    return !ofDate(part) && part != TimePart::weekday && part != TimePart::zone;
  }

  /// Months and minutes, which differ by a capital letter alone.
  [[nodiscard]] Why confused() const {
    if (!has(TimePart::year)) return "it has no yyyy";
    if (has(TimePart::minute) && !has(TimePart::month))
      return "it has minutes (mm) and no months; months are MM";
    if (count(TimePart::month) > 1 && !has(TimePart::minute))
      return "it has months (MM) twice and no minutes; minutes are mm";
    return std::nullopt;
  }

  [[nodiscard]] Why twice() const {
    for (const TimePart part : parts_) {
      if (count(part) > 1)
        return std::string(nameOf(part)) + " stand twice in it; months are MM, minutes are mm";
    }
    return std::nullopt;
  }

  [[nodiscard]] Why gap() const {
    for (std::size_t i = 1; i < std::size(kChain); ++i) {
      if (has(kChain[i]) && !has(kChain[i - 1]))
        return "it has " + std::string(nameOf(kChain[i])) + " and no " +
               std::string(nameOf(kChain[i - 1]));
    }
    return std::nullopt;
  }

  [[nodiscard]] Why half() const {
    if (twelve_ && !has(TimePart::half))
      return "h is an hour of a 12-hour clock and needs a (上午, PM); of 24 hours it is HH";
    if (has(TimePart::half) && !twelve_)
      return has(TimePart::hour) ? "a stands beside H, an hour of 24; of a 12-hour clock it is h"
                                 : "a needs an hour: h";
    return std::nullopt;
  }

  [[nodiscard]] Why dateOrder() const {
    std::string order;
    for (const TimePart part : parts_) {
      if (part == TimePart::year) order += 'y';
      if (part == TimePart::month) order += 'M';
      if (part == TimePart::day) order += 'd';
    }
    for (std::string_view meant : {"y", "yM", "My", "yMd", "dMy", "Mdy"}) {
      if (order == meant) return std::nullopt;
    }
    return "nobody writes a date in the order " + order +
           "; write yyyy MM dd, dd MM yyyy, or MM dd yyyy";
  }

  [[nodiscard]] Why clockOrder() const {
    for (std::size_t i = 4; i < std::size(kChain); ++i) {
      if (has(kChain[i]) && at(kChain[i]) < at(kChain[i - 1]))
        return std::string(nameOf(kChain[i])) + " stand before " +
               std::string(nameOf(kChain[i - 1])) + "; write them in the order HH mm ss SSS";
    }
    return std::nullopt;
  }

  /// Date and clock in one piece each, `a` at an end of the clock, the zone behind it.
  [[nodiscard]] Why pieces() const {
    int turns = 0;
    const TimePart* last = nullptr;
    std::vector<TimePart> clock;
    for (const TimePart& part : parts_) {
      if (!ofDate(part) && !ofClock(part)) continue;
      if (last != nullptr && ofClock(*last) != ofClock(part)) ++turns;
      if (ofClock(part)) clock.push_back(part);
      last = &part;
    }
    if (turns > 1)
      return "its date and its clock stand among each other; write one, then the other";
    if (has(TimePart::half) && clock.front() != TimePart::half && clock.back() != TimePart::half)
      return "a stands within the clock; write it before hh, or behind the last part";
    if (has(TimePart::zone) && !clock.empty() &&
        at(TimePart::zone) < std::max(at(clock.back()), at(clock.front())))
      return "the zone (Z) stands before the clock; write it behind";
    return std::nullopt;
  }

  std::vector<TimePart> parts_;
  bool twelve_ = false;
};

/// What is written behind a part and names another one: `mm月`.
std::optional<std::string> wrongUnit(const std::vector<PatternToken>& tokens) {
  struct Unit {
    std::string_view text;
    TimePart part;
  };
  constexpr Unit kUnits[] = {{"年", TimePart::year},   {"月", TimePart::month},
                             {"日", TimePart::day},    {"号", TimePart::day},
                             {"时", TimePart::hour},   {"点", TimePart::hour},
                             {"分", TimePart::minute}, {"秒", TimePart::second}};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].part == TimePart::literal) continue;
    std::string behind;
    for (std::size_t j = i + 1; j < tokens.size() && tokens[j].part == TimePart::literal; ++j)
      behind += tokens[j].literal;
    for (const Unit& unit : kUnits) {
      if (behind.starts_with(unit.text) && unit.part != tokens[i].part)
        return std::string(nameOf(tokens[i].part)) + " stand before " + std::string(unit.text) +
               "; months are MM, minutes are mm";
    }
  }
  return std::nullopt;
}

/// A part of one or two digits before another digit: nobody can say where it ends.
bool runsTogether(const std::vector<PatternToken>& tokens) {
  const auto beginsWithDigit = [](const PatternToken& token) {
    if (token.part == TimePart::literal) return isDigit(token.literal);
    return token.width > 0;
  };
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].part != TimePart::literal && tokens[i].width == 1 &&
        beginsWithDigit(tokens[i + 1]))
      return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> whyMeaningless(const std::vector<PatternToken>& tokens, TimeUse use) {
  if (tokens.size() > kMostTokens) return "it is too long";
  if (auto why = wrongUnit(tokens)) return why;
  if (auto why = Parts(tokens).why(use)) return why;
  if (runsTogether(tokens))
    return "its digits run into each other; write MM dd HH mm ss there, or put a mark between them";
  return std::nullopt;
}

Result<std::vector<PatternToken>> compilePattern(std::string_view text, TimeUse use) {
  std::vector<PatternToken> tokens;
  while (!text.empty()) {
    const char c = text[0];
    std::size_t size = 1;
    if (isLetter(c)) {
      size = std::min(text.find_first_not_of(c), text.size());
      auto token = tokenOf(text.substr(0, size));
      if (!token) return token.error();
      tokens.push_back(*token);
    } else if (c == '\'') {
      size = text.find('\'', 1);
      if (size == std::string_view::npos) return bad("a ' is not closed");
      for (char literal : text.substr(1, size - 1))
        tokens.push_back({TimePart::literal, 0, literal, false});
      ++size;
    } else if (c == '\xEF') {  // U+FF01 to U+FF5E begin so
      return bad("a full-width character stands in it; write it half-width, as in HH:mm");
    } else {
      tokens.push_back({TimePart::literal, 0, c, false});
    }
    text.remove_prefix(size);
  }
  if (auto why = whyMeaningless(tokens, use)) return bad(std::move(*why));
  return tokens;
}

}  // namespace lianqiao::times
