#pragma once

#include <string>
#include <string_view>

#include "lianqiao/json.h"
#include "lianqiao/result.h"
#include "record/record.h"

/// A record as a CloudEvent 1.0 in structured JSON, the one form that is stored and handed on:
///   specversion "1.0", id, source "/peers/<peer>", type "lianqiao.<type>.v<major of x-version>",
///   subject = key, time = when it happened, datacontenttype "application/json", dataschema = the
///   schema's $id, data; extensions peer, sourceid, revision, receivedtime, priority, traceparent;
///   cause = the id of the record that it was derived from;
///   late, true where the queue marked a step that came after a later one.
/// Attributes that are empty are left out. Pure functions.
namespace lianqiao::record {

/// "lianqiao.work_order.v1"; `version` is major.minor.
[[nodiscard]] std::string eventTypeOf(std::string_view type, std::string_view version);
/// The type within an event's type; empty where it is none of ours.
[[nodiscard]] std::string_view typeOfEvent(std::string_view eventType);

/// What the event needs beside the record.
struct EventContext {
  std::string_view eventType;   ///< Of the TypeSchema.
  std::string_view dataSchema;  ///< Of the TypeSchema.
  std::string_view time;  ///< RFC 3339, when the thing happened; empty = when it was received.
  std::string_view traceParent;
};

/// Appends the event as compact JSON. Reads id, peer, key, sourceId, revision, priority, received
/// and cause.
void appendEvent(const Record& record, const EventContext& context, const json::Value& data,
                 std::string& out);

/// An event read back. The views live as long as the document that was parsed.
struct EventView {
  std::string_view id, type, key, time, dataSchema, peer, sourceId, revision, receivedTime;
  Priority priority = Priority::normal;
  json::Value data;
};

/// Fails with decode.json, naming the attribute that is missing or not as it must be.
[[nodiscard]] Result<EventView> readEvent(const json::Value& event);

[[nodiscard]] std::string_view priorityName(Priority priority);

}  // namespace lianqiao::record
