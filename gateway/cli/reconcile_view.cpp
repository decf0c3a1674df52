#include "cli/reconcile_view.h"

#include <algorithm>
#include <array>

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

bool isTrue(const json::Value& of, std::string_view name) {
  const json::Value* value = of.find(name);
  return value != nullptr && value->boolean();
}

std::string thingLine(const json::Value& thing) {
  std::string out = "    " + std::string(base::textOf(&thing, "id"));
  for (const std::string_view name : {"type", "record"})
    if (const auto text = base::textOf(&thing, name); !text.empty()) out.append("  ").append(text);
  if (const auto fields = base::textOf(&thing, "fields"); !fields.empty())
    out.append("  differs in ").append(fields);
  if (isTrue(thing, "confirmed_again")) {
    out += "  sent again, they confirmed it " + std::string(base::textOf(&thing, "confirmed")) +
           " and still lack it: their side recognises the key and does not hold the record";
  } else if (const auto confirmed = base::textOf(&thing, "confirmed"); !confirmed.empty()) {
    out.append("  they confirmed it ").append(confirmed);
  }
  return out + "\n";
}

std::string listOf(const json::Value& report, std::string_view name, std::string_view title) {
  const std::int64_t count = base::numberOf(report.find("counts"), name);
  const json::Value* list = report.find(name);
  if (count == 0 || list == nullptr) return {};
  std::string out = "  " + std::string(title) + ": " + std::to_string(count) + "\n";
  const std::size_t shown = std::min(list->size(), kMostShownThings);
  for (const json::Value& thing : list->elements().first(shown)) out += thingLine(thing);
  if (static_cast<std::size_t>(count) > shown) out += "    … --format csv and json have more\n";
  return out;
}

}  // namespace

std::string reconciledView(std::string_view reportJson) {
  const base::ShownJson shown(reportJson);
  const json::Value& report = shown.root();
  const auto number = [&](std::string_view name) {
    return std::to_string(base::numberOf(&report, name));
  };
  std::string out = std::string(base::textOf(&report, "peer")) + ", " +
                    std::string(base::textOf(&report, "day")) + ", " +
                    std::string(base::textOf(&report, "direction")) + ": " + number("ours") +
                    " at our side, " + number("theirs") + " at theirs";
  out += isTrue(report, "equal") ? ": equal" : "";
  out += " (" + number("exchanges") + " exchanges, " + number("took_ms") + " ms).\n";
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLists{
      {{"only_ours", "They lack"},
       {"only_theirs", "We lack"},
       {"differing", "Differ"},
       {"open", "On their way"}}};
  for (const auto& [name, title] : kLists) out += listOf(report, name, title);
  if (const json::Value* findings = report.find("findings"))
    for (const json::Value& finding : findings->elements())
      out += "  " + std::string(base::textOf(&finding, "code")) + ": " +
             std::string(base::textOf(&finding, "message")) + "\n";
  if (!isTrue(report, "whole"))
    out += "  Their account is not whole: nothing is concluded from what is missing in it.\n";
  if (base::numberOf(&report, "uncompared") > 0)
    out += "  " + number("uncompared") +
           " of our records are held by their id alone: their contents are gone, or the mapping "
           "cannot express them now.\n";
  if (report.find("fetched") != nullptr)
    out += "  Fetched and taken in: " + number("fetched") + ".\n";
  return out;
}

}  // namespace lianqiao::cli
