#include "history/particulars.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "record/event.h"
#include "record/person_numbers.h"

namespace lianqiao::history {
namespace {

using Place = record::LeafClasses::Place;
using Mask = record::LeafClasses::Mask;

void addNumber(std::string number, Particulars& into) {
  // Shorter ones are no numbers of a person, and would be found by everybody's last four.
  if (number.size() < 5) return;
  if (std::find(into.numbers.begin(), into.numbers.end(), number) == into.numbers.end())
    into.numbers.push_back(std::move(number));
}

std::string_view textAt(const json::Value& object, std::string_view name) {
  const json::Value* member = object.find(name);
  return member == nullptr ? std::string_view() : member->text();
}

}  // namespace

std::string searchableNumber(std::string_view written) {
  const std::string half = halfWidth(written);
  std::string number;
  for (const char c : half)
    if (isDigit(c) || isLetter(c)) number += upperAscii(c);
  if (number.size() == 13 && number.starts_with("861")) number.erase(0, 2);
  if (number.size() == 15 && number.starts_with("00861")) number.erase(0, 4);
  return number;
}

std::string searchableText(std::string_view written) {
  const bool wide = written.find('\xEF') != std::string_view::npos;
  return wide ? lowered(halfWidth(written)) : lowered(written);
}

ParticularsReader::ParticularsReader(const record::SchemaSet& schemas) : schemas_(schemas) {}

const record::LeafClasses& ParticularsReader::classesOf(const std::string& type) {
  const auto known = classes_.find(type);
  if (known != classes_.end()) return known->second;
  const record::TypeSchema* schema = schemas_.find(type);
  return classes_.try_emplace(type, schema == nullptr ? json::Value() : schema->schema.source())
      .first->second;
}

Particulars ParticularsReader::read(const record::StoredRecord& stored) {
  Particulars found;
  found.happened = stored.accepted;
  if (!json::parse(stored.event, document_).ok()) return found;
  const Result<record::EventView> event = record::readEvent(document_.root);
  if (!event.ok()) return found;
  found.sourceId = event->sourceId;
  found.revision = event->revision;
  found.high = event->priority == record::Priority::high;
  if (const auto time = base::parseTime(event->time)) found.happened = *time;
  found.division = textAt(event->data, "division");
  if (const json::Value* grid = event->data.find("grid")) found.grid = textAt(*grid, "code");
  walk(classesOf(stored.type).root(), event->data, found);
  std::erase_if(found.ids,
                [&](const std::string& id) { return id == found.sourceId || id == stored.key; });
  return found;
}

void ParticularsReader::walk(const Place& place, const json::Value& value, Particulars& into) {
  if (value.isObject()) {
    for (const json::Member& member : value.members())
      walk(*place.member(member.name), member.value, into);
  } else if (value.isArray()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      walk(*place.element(i), value.elements()[i], into);
  } else if (!value.text().empty()) {
    leaf(place, value.text(), into);
  }
}

void ParticularsReader::leaf(const Place& place, std::string_view text, Particulars& into) {
  if (place.finds) into.ids.emplace_back(text);
  if (place.isPublic) return;
  std::vector<std::string> numbers = record::personNumbers(text);
  if (numbers.empty() && (place.mask == Mask::phone || place.mask == Mask::id))
    numbers.push_back(searchableNumber(text));
  for (std::string& number : numbers) addNumber(std::move(number), into);
  if (place.mask == Mask::phone || place.mask == Mask::id || place.mask == Mask::key) return;
  into.words += searchableText(text);
  into.words += '\n';
}

}  // namespace lianqiao::history
