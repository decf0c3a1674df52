#include "expression/transforms.h"

#include <algorithm>
#include <functional>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "record/redact.h"

namespace lianqiao::expression {
namespace {

/// Text made in the run's buffer goes to the arena; views of the source stay as they are.
json::Value settled(Run& run, std::string_view text) {
  const std::string& buffer = run.workspace.buffer;
  const std::less_equal<const char*> notAfter;
  const bool inBuffer =
      notAfter(buffer.data(), text.data()) && notAfter(text.data(), buffer.data() + buffer.size());
  return inBuffer ? run.keep(text) : json::Value::ofText(text);
}

/// The text of a scalar; a Problem for objects and arrays.
std::optional<std::string_view> textOf(const json::Value& value, Run& run, const Scope& scope,
                                       const std::string& source) {
  const std::optional<std::string_view> text = scalarText(value);
  if (value.isObject()) {
    run.workspace.uses.lose();
    run.workspace.uses.takeText(value);
  }
  if (!text) {
    run.fail(codes::kBadValue, scope.place,
             source + " is " + (value.isArray() ? "a list" : "an object") +
                 ", a single value is expected");
  }
  return text;
}

/// The envelope's time, or the data's own.
bool isTimeOfAll(const Place& place) {
  return place.pointer == "/time" && (place.parent == nullptr || place.parent->parent == nullptr);
}

/// The record then tells what was sent; else that goes with the rest.
void loseUnlessSame(Run& run, std::string_view sent, std::string_view made) {
  if (trim(sent) != made) run.workspace.uses.lose();
}

/// A value in a message: its first 40 characters, for a sender may put anything anywhere.
std::string shown(std::string_view value) {
  return std::string(prefix(record::maskedStart(value, 160), 40));
}

bool isAmong(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

json::Value SplitText::apply(json::Value value, Run& run, const Scope& scope,
                             const std::string& source) const {
  const auto whole = textOf(value, run, scope, source);
  if (!whole) return {};
  std::vector<json::Value>& values = run.workspace.values;
  const std::size_t base = values.size();
  std::string_view rest = *whole;
  while (true) {
    std::size_t end = rest.size();
    std::size_t skip = 0;
    for (const std::string& separator : separators_) {
      const std::size_t at = rest.find(separator);
      if (at < end) {
        end = at;
        skip = separator.size();
      }
    }
    const std::string_view piece = trim(rest.substr(0, end));
    if (!piece.empty()) values.push_back(json::Value::ofText(piece));
    if (skip == 0) break;
    rest.remove_prefix(end + skip);
  }
  const json::Value made =
      values.size() == base ? json::Value() : run.output.array(std::span(values).subspan(base));
  values.resize(base);
  return made;
}

json::Value CleanText::apply(json::Value value, Run& run, const Scope& scope,
                             const std::string& source) const {
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  const auto cleaned = clean(*text, mode_, run.workspace.buffer);
  if (cleaned && mode_ == CleanMode::digits) loseUnlessSame(run, *text, *cleaned);
  if (cleaned) return settled(run, *cleaned);
  run.fail(codes::kBadValue, scope.place,
           source + " holds more than one number, or other characters among the digits");
  return {};
}

json::Value CutText::apply(json::Value value, Run& run, const Scope& scope,
                           const std::string& source) const {
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  const std::size_t at = text->find(mark_);
  if (at == std::string_view::npos) return json::Value::ofText(*text);
  run.workspace.uses.lose();
  return json::Value::ofText(after_ ? text->substr(at + mark_.size()) : text->substr(0, at));
}

json::Value ChooseCase::apply(json::Value value, Run& run, const Scope& scope,
                              const std::string& source) const {
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  const std::string_view key = comparable(*text, run.workspace.buffer);
  for (const auto& [name, constant] : cases) {
    if (name != key) continue;
    loseUnlessSame(run, key, constant.text);
    return constant.value();
  }
  if (!hasDefault) {
    run.fail(codes::kBadValue, scope.place,
             "no case of the mapping names the value of " + source + ", and it has no default");
  }
  return {};
}

json::Value ToNumber::apply(json::Value value, Run& run, const Scope& scope,
                            const std::string& source) const {
  if (value.isNumber() && !whole_) return value;
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  std::string& buffer = run.workspace.buffer;
  const auto lexeme = whole_ ? readInteger(*text, buffer) : readNumber(*text, buffer);
  if (lexeme) return json::Value::ofNumber(settled(run, *lexeme).text());
  run.fail(codes::kBadNumber, scope.place,
           source + (whole_ ? " is no whole number" : " is no number"));
  return {};
}

json::Value ToBoolean::apply(json::Value value, Run& run, const Scope& scope,
                             const std::string& source) const {
  if (value.isBoolean()) return value;
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  const std::string_view word = comparable(*text, run.workspace.buffer);
  const bool isYes = isAmong(yes, word);
  if (!isYes && !isAmong(no, word)) {
    run.fail(codes::kBadValue, scope.place, source + " is none of the words that mean yes or no");
    return {};
  }
  if (ownWords) run.workspace.uses.lose();
  return json::Value::ofBoolean(isYes);
}

json::Value ToTime::apply(json::Value value, Run& run, const Scope& scope,
                          const std::string& source) const {
  const auto text = textOf(value, run, scope, source);
  if (!text) return {};
  const times::ZoneOffset offset = zone.value_or(run.zone);
  for (const times::TimeFormat& format : formats) {
    const std::optional<times::TimeReading> read = format.read(*text, offset);
    if (!read) continue;
    if (isTimeOfAll(scope.place)) run.precision = read->precision;
    char out[times::kTimeTextSize];
    const std::size_t size = dateOnly  ? times::writeDate(read->time, offset, out)
                             : written ? written->write(read->time, offset, out)
                                       : times::writeRfc3339(read->time, offset, out);
    if (size == 0) {
      run.fail(codes::kBadTime, scope.place,
               source + " is a time whose year the two digits of `yy` cannot tell");
      return {};
    }
    if (run.workspace.uses.wanted() && (read->finer || !tells(read->time, offset, {out, size}))) {
      run.workspace.uses.lose();
    }
    const json::Value made = run.keep({out, size});
    return written && written->numeric() ? json::Value::ofNumber(made.text()) : made;
  }
  run.fail(codes::kBadTime, scope.place,
           source +
               " is no time that the mapping can read, a day that no calendar has, or can be "
               "meant in two ways");
  return {};
}

/// Nothing of the moment is left out in what was made of it.
bool ToTime::tells(WallTime time, times::ZoneOffset offset, std::string_view made) const {
  if (dateOnly)
    return (time + offset).time_since_epoch() % std::chrono::days(1) == WallTime::duration(0);
  if (!written) return true;
  const std::optional<times::TimeReading> again = written->read(made, offset);
  return again && again->time == time;
}

json::Value FromTable::apply(json::Value value, Run& run, const Scope& scope,
                             const std::string& source) const {
  const auto raw = textOf(value, run, scope, source);
  if (!raw) return {};
  const CodeTable::Entry* const entry = table->byTheirs(*raw, run.day);
  if (entry == nullptr && table->other().empty()) {
    run.fail(codes::kUnmappedCode, scope.place,
             "code table " + table->name() + " has no entry for `" + shown(*raw) + "` (" + source +
                 "); add it to config/codes/" + table->name() + ".yaml");
    return {};
  }
  const std::string& ours = entry == nullptr ? table->other() : entry->ours;
  if (codeOnly) {
    loseUnlessSame(run, *raw, ours);
    return json::Value::ofText(ours);
  }
  const std::string_view text = label ? labelOf(*raw, ours, run, scope) : *raw;
  const json::Member members[] = {{"code", json::Value::ofText(ours)},
                                  {"text", json::Value::ofText(text)}};
  return run.output.object(members);
}

/// What is shown beside our code; theirs is then told by neither, unless both are one.
std::string_view FromTable::labelOf(std::string_view raw, std::string_view ours, Run& run,
                                    const Scope& scope) const {
  const json::Value* const told = run.workspace.slots[scope.base + *label];
  if (told == nullptr || isAbsent(*told)) return raw;
  const auto text = scalarText(*told);
  if (!text) return raw;
  if (*text != raw) loseUnlessSame(run, raw, ours);
  run.workspace.uses.takeText(*told);
  return *text;
}

json::Value ToTable::apply(json::Value value, Run& run, const Scope& scope,
                           const std::string& source) const {
  const auto ours = textOf(value, run, scope, source);
  if (!ours) return {};
  const CodeTable::Entry* const entry = table_->byOurs(*ours, run.day);
  if (entry != nullptr || !table_->otherTheirs().empty()) {
    const std::string& theirs = entry != nullptr ? entry->theirs.front() : table_->otherTheirs();
    loseUnlessSame(run, *ours, theirs);
    return json::Value::ofText(theirs);
  }
  run.fail(codes::kUnmappedCode, scope.place,
           "code table " + table_->name() + " has no entry with ours `" + shown(*ours) + "` (" +
               source + "); add it to config/codes/" + table_->name() + ".yaml");
  return {};
}

json::Value ToText::apply(json::Value value, Run& run, const Scope& scope,
                          const std::string& source) const {
  if (value.isString()) return value;
  if (gentle_ && !value.isNumber() && !value.isBoolean()) return value;
  const auto text = textOf(value, run, scope, source);
  return text ? json::Value::ofText(*text) : json::Value();
}

json::Value LimitLength::apply(json::Value value, Run& run, const Scope& scope,
                               const std::string& source) const {
  if (!value.isString()) return value;
  // a character has at least one byte
  if (value.text().size() <= most_ || countCharacters(value.text()) <= most_) return value;
  if (truncate_) {
    run.workspace.uses.lose();
    return json::Value::ofText(prefix(value.text(), most_));
  }
  run.fail(codes::kBadValue, scope.place,
           source + " is longer than " + std::to_string(most_) +
               " characters; truncate: true would cut it");
  return {};
}

json::Value JoinTexts::apply(json::Value value, Run& run, const Scope& scope,
                             const std::string& source) const {
  if (!value.isArray()) return value;
  std::string& joined = run.workspace.buffer;
  joined.clear();
  for (const json::Value& element : value.elements()) {
    if (isAbsent(element)) continue;
    const auto text = textOf(element, run, scope, source);
    if (!text) return {};
    if (!joined.empty()) joined += separator_;
    joined += *text;
  }
  return run.keep(joined);
}

}  // namespace lianqiao::expression
