#include "file_drop/artefacts.h"

#include <algorithm>
#include <array>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::array<std::string_view, 10> kErrors = {"#N/A",   "#REF!", "#DIV/0!", "#VALUE!",
                                                      "#NAME?", "#NUM!", "#NULL!",  "#SPILL!",
                                                      "#CALC!", "#名称?"};
constexpr std::array<std::string_view, 5> kZeroDays = {"1900/1/0", "1900-1-0", "1900/01/00",
                                                       "1900-01-00", "1900年1月0日"};

std::size_t digitsAt(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && isDigit(text[at])) ++at;
  return at - from;
}

/// One digit, a point and more or none, E+, digits: how a spreadsheet shows what has no room.
bool isExponentForm(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  if (digitsAt(text, at) != 1) return false;
  ++at;
  if (at < text.size() && text[at] == '.') at += 1 + digitsAt(text, at + 1);
  if (at + 2 >= text.size() || (text[at] != 'E' && text[at] != 'e') || text[at + 1] != '+')
    return false;
  const std::size_t power = digitsAt(text, at + 2);
  return power > 0 && at + 2 + power == text.size();
}

bool isZeroDay(std::string_view text) {
  const auto day = std::find_if(kZeroDays.begin(), kZeroDays.end(),
                                [&](std::string_view zero) { return text.starts_with(zero); });
  if (day == kZeroDays.end()) return false;
  return text.substr(day->size()).find_first_not_of(" T0:") == std::string_view::npos;
}

/// In a text of several lines a tab indents.
std::string_view withoutTabs(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return text;
  while (!text.empty() && text.front() == '\t') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\t') text.remove_suffix(1);
  return text;
}

std::string_view unwrapped(std::string_view text) {
  if (text.size() >= 3 && text.starts_with("=\"") && text.back() == '"') {
    const std::string_view inside = text.substr(2, text.size() - 3);
    if (inside.find('"') == std::string_view::npos) text = inside;
  }
  constexpr std::string_view kProtected = "0123456789+-=@";
  if (text.size() >= 2 && text.front() == '\'' && text.back() != '\'' &&
      kProtected.find(text[1]) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  return text;
}

Damage damageOf(std::string_view text) {
  if (text.front() == '#') {
    if (std::find(kErrors.begin(), kErrors.end(), text) != kErrors.end()) return Damage::formula;
    const bool narrow = text.size() >= 3 && text.find_first_not_of('#') == std::string_view::npos;
    return narrow ? Damage::narrow : Damage::none;
  }
  return isExponentForm(text) ? Damage::exponent : Damage::none;
}

/// What Excel shows for the error, such as #N/A; nothing where a program wrote something else
/// there, which may be anything.
std::string shownError(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '#' || c == '/' || c == '!' || c == '?' || c == '0' ||
           c == '_';
  };
  const bool known =
      text.starts_with('#') && text.size() <= 16 && std::all_of(text.begin(), text.end(), plain);
  return known ? " (" + std::string(text) + ")" : std::string();
}

}  // namespace

void undoArtefacts(Cell& cell) {
  if (cell.kind != Cell::Kind::text || cell.damage != Damage::none || cell.text.empty()) return;
  // Formats for accounts and wide columns put blanks beside a value, and mappings take them off.
  const std::string_view seen = trim(cell.text);
  // Most texts begin with a character of their own language, and one byte tells.
  constexpr std::string_view kMarks = "='#+-0123456789";
  const bool marked = !seen.empty() && kMarks.find(seen.front()) != std::string_view::npos;
  if (!marked && cell.text.front() != '\t' && cell.text.back() != '\t') return;
  const std::string_view bare = unwrapped(seen);
  const std::string_view text = bare.size() < seen.size() ? bare : withoutTabs(cell.text);
  const std::string_view judged = trim(bare);
  if (judged.empty() || isZeroDay(judged)) {
    cell.text.clear();
    return;
  }
  cell.damage = damageOf(judged);
  if (text.size() != cell.text.size()) cell.text = std::string(text);
}

std::string explain(const Cell& cell) {
  switch (cell.damage) {
    case Damage::formula:
      return "the formula failed" + shownError(trim(cell.text)) + "; correct it, or clear the cell";
    case Damage::no_result:
      return "there is a formula without its result; open the file in a spreadsheet program, save "
             "it and drop it again";
    case Damage::digits:
      return "the number has more than 15 digits, of which a spreadsheet keeps 15; format the "
             "column as text and enter the value again";
    case Damage::exponent:
      return "the value was saved in the exponent form, which drops digits; format the column as "
             "text and enter the value again";
    case Damage::narrow:
      return "the column was too narrow when it was saved, so that only # came; widen it and save "
             "the file again";
    case Damage::no_date:
      return "the date has a time of day but no day; enter it again";
    case Damage::merged:
      return "the cell is merged with the one above; split it and fill each row, or set merged: "
             "fill";
    case Damage::none:
      break;
  }
  return {};
}

}  // namespace lianqiao::file_drop
