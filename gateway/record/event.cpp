#include "record/event.h"

#include "base/rfc3339.h"
#include "lianqiao/codes.h"

namespace lianqiao::record {
namespace {

constexpr std::string_view kTypePrefix = "lianqiao.";

void appendAttribute(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  json::writeText(value, out);
}

Error missing(std::string_view name, std::string_view what) {
  return {codes::kBadJson,
          "event attribute " + std::string(name) + " must be " + std::string(what)};
}

}  // namespace

std::string eventTypeOf(std::string_view type, std::string_view version) {
  return std::string(kTypePrefix)
      .append(type)
      .append(".v")
      .append(version.substr(0, version.find('.')));
}

std::string_view typeOfEvent(std::string_view eventType) {
  const std::size_t end = eventType.rfind(".v");
  if (!eventType.starts_with(kTypePrefix) || end == std::string_view::npos ||
      end <= kTypePrefix.size()) {
    return {};
  }
  return eventType.substr(kTypePrefix.size(), end - kTypePrefix.size());
}

std::string_view priorityName(Priority priority) {
  return priority == Priority::high ? "high" : "normal";
}

void appendEvent(const Record& record, const EventContext& context, const json::Value& data,
                 std::string& out) {
  const std::string received = base::formatTime(record.received);
  out += R"({"specversion":"1.0","id":)";
  json::writeText(record.id, out);
  appendAttribute("source", "/peers/" + record.peer, out);
  appendAttribute("type", context.eventType, out);
  appendAttribute("subject", record.key, out);
  appendAttribute("time", context.time.empty() ? std::string_view(received) : context.time, out);
  out += R"(,"datacontenttype":"application/json")";
  appendAttribute("dataschema", context.dataSchema, out);
  appendAttribute("peer", record.peer, out);
  appendAttribute("sourceid", record.sourceId, out);
  appendAttribute("revision", record.revision, out);
  appendAttribute("receivedtime", received, out);
  appendAttribute("priority", priorityName(record.priority), out);
  appendAttribute("traceparent", context.traceParent, out);
  appendAttribute("cause", record.cause, out);
  out += ",\"data\":";
  json::write(data, out);
  out += '}';
}

Result<EventView> readEvent(const json::Value& event) {
  if (!event.isObject()) return missing("specversion", "in an object");
  const auto text = [&event](std::string_view name) {
    const json::Value* value = event.find(name);
    return value != nullptr && value->isString() ? value->text() : std::string_view();
  };
  if (text("specversion") != "1.0") return missing("specversion", "\"1.0\"");
  EventView view;
  view.id = text("id");
  view.type = typeOfEvent(text("type"));
  view.key = text("subject");
  view.time = text("time");
  view.dataSchema = text("dataschema");
  view.peer = text("peer");
  view.sourceId = text("sourceid");
  view.revision = text("revision");
  view.receivedTime = text("receivedtime");
  view.priority = text("priority") == "high" ? Priority::high : Priority::normal;
  if (view.id.empty()) return missing("id", "a text");
  if (view.type.empty()) return missing("type", "of the form lianqiao.<type>.v<n>");
  if (view.peer.empty()) return missing("peer", "a text");
  const json::Value* data = event.find("data");
  if (data == nullptr || !data->isObject()) return missing("data", "an object");
  view.data = *data;
  return view;
}

}  // namespace lianqiao::record
