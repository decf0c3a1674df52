#include "cli/exception_view.h"

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

constexpr std::string_view kUnreadable = "The gateway's answer cannot be read.\n";
constexpr std::size_t kPeerColumns = 16;
constexpr std::size_t kCodeColumns = 26;

/// The raw item, where the answer has one.
void appendRaw(const json::Value& of, std::size_t indent, std::string& out) {
  const json::Value* const raw = of.find("raw");
  if (raw == nullptr) return;
  const std::string blanks(indent, ' ');
  out += blanks + "raw item";
  if (raw->isNull()) {
    out += ": no longer kept, or too much for one answer\n";
    return;
  }
  out += '\n';
  base::appendFields(*raw, indent + 2, out);
}

void appendItem(const json::Value& item, std::string& out) {
  const bool inbound = base::textOf(item, "direction") == "in";
  base::pad(out, base::textOf(item, "id"), 26);
  base::pad(out, base::textOf(item, "peer"), kPeerColumns);
  base::pad(out, base::textOf(item, "code"), kCodeColumns);
  out += base::textOf(item, "at");
  if (const std::int64_t seen = base::numberOf(item, "seen"); seen > 1)
    out += ", came " + std::to_string(seen) + " times";
  out += '\n';
  if (const std::string_view source = base::textOf(item, "sourceid"); !source.empty())
    out.append("    source id ").append(source) += '\n';
  if (const std::string_view record = base::textOf(item, "record"); !record.empty())
    out.append("    delivery of record ").append(record) += '\n';
  if (const std::string_view origin = base::textOf(item, "origin"); inbound && !origin.empty())
    out.append("    ").append(origin) += '\n';
  const std::string_view detail = base::textOf(item, "detail");
  if (!base::appendProblemLines(detail, 4, out) && !detail.empty())
    out.append("    ").append(detail) += '\n';
  appendRaw(item, 4, out);
}

void appendDelivery(const json::Value& delivery, std::string& out) {
  out += "  to ";
  base::pad(out, base::textOf(delivery, "peer"), kPeerColumns);
  out += base::textOf(delivery, "state");
  if (const std::string_view at = base::textOf(delivery, "at"); !at.empty())
    out.append(" at ").append(at);
  if (delivery.find("inside_ms") != nullptr)
    out += ", " + std::to_string(base::numberOf(delivery, "inside_ms")) + " ms in the gateway";
  if (const std::string_view receipt = base::textOf(delivery, "receipt"); !receipt.empty())
    out.append(", receipt ").append(receipt);
  if (const std::string_view exception = base::textOf(delivery, "exception"); !exception.empty())
    out.append(", exception ").append(exception);
  out += '\n';
  const json::Value* attempts = delivery.find("attempts");
  if (attempts == nullptr) return;
  for (const json::Value& attempt : attempts->elements())
    out.append("    ").append(attempt.text()) += '\n';
}

/// Of the thing that the record is of.
void appendDeadlines(const json::Value* deadlines, std::string& out) {
  if (deadlines == nullptr) return;
  for (const json::Value& one : deadlines->elements()) {
    const auto isTrue = [&one](std::string_view name) {
      const json::Value* value = one.find(name);
      return value != nullptr && value->boolean();
    };
    out.append("  deadline ").append(base::textOf(one, "at")).append("  ");
    out.append(base::textOf(one, "limit")).append(": ").append(base::textOf(one, "stage"));
    if (const auto name = base::textOf(one, "name"); !name.empty())
      out.append(" (").append(name).append(")");
    if (isTrue("provisional")) out += ", provisional";
    out += isTrue("told") ? ", told\n" : "\n";
  }
}

}  // namespace

std::string exceptionsView(std::string_view exceptionsJson) {
  const base::ShownJson answer(exceptionsJson);
  if (!answer) return std::string(kUnreadable);
  const json::Value* causes = answer.root().find("causes");
  const json::Value* items = answer.root().find("items");
  if (causes == nullptr || items == nullptr) return std::string(kUnreadable);
  if (causes->size() == 0) return "No exceptions.\n";
  std::string out;
  base::pad(out, "PEER", kPeerColumns);
  base::pad(out, "CODE", kCodeColumns);
  out += "COUNT\n";
  std::int64_t all = 0;
  for (const json::Value& cause : causes->elements()) {
    base::pad(out, base::textOf(cause, "peer"), kPeerColumns);
    base::pad(out, base::textOf(cause, "code"), kCodeColumns);
    out += std::to_string(base::numberOf(cause, "count")) + '\n';
    all += base::numberOf(cause, "count");
  }
  out += '\n';
  for (const json::Value& item : items->elements()) appendItem(item, out);
  const auto shown = static_cast<std::int64_t>(items->size());
  if (shown < all) {
    out += "Shown: " + std::to_string(shown) + " of " + std::to_string(all) +
           ". --limit N shows more (up to 1000); --peer, --code, --since and --until narrow.\n";
  }
  return out;
}

std::string trailView(std::string_view trailJson) {
  const base::ShownJson answer(trailJson);
  if (!answer) return std::string(kUnreadable);
  const json::Value* records = answer.root().find("records");
  const json::Value* exceptions = answer.root().find("exceptions");
  if (records == nullptr || exceptions == nullptr) return std::string(kUnreadable);
  std::string out;
  for (const json::Value& record : records->elements()) {
    out.append("Record ").append(base::textOf(record, "id")) += '\n';
    if (const json::Value* event = record.find("event")) base::appendFields(*event, 2, out);
    if (const json::Value* deliveries = record.find("deliveries"))
      for (const json::Value& delivery : deliveries->elements()) appendDelivery(delivery, out);
    appendDeadlines(record.find("deadlines"), out);
    appendRaw(record, 2, out);
  }
  if (exceptions->size() > 0) out += "Exceptions\n";
  for (const json::Value& item : exceptions->elements()) appendItem(item, out);
  return out;
}

}  // namespace lianqiao::cli
