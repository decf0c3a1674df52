#include <utility>

#include "lianqiao/codes.h"
#include "pipeline/compiled_pipeline.h"
#include "record/event.h"
#include "record/fingerprint.h"

/// The part of CompiledPipeline that takes what the gateway itself has to say.
namespace lianqiao::pipeline {

Processed Pipeline::own(record::Record record, const json::Value&, std::string_view,
                        expression::Workspace&) const {
  Processed out;
  out.problems.push_back({codes::kNoMapping, {}, "there is no schema for the type " + record.type});
  out.record = std::move(record);
  return out;
}

Processed CompiledPipeline::own(record::Record record, const json::Value& data,
                                std::string_view time, expression::Workspace& workspace) const {
  const record::TypeSchema* const type = schemas_->find(record.type);
  if (type == nullptr) return Pipeline::own(std::move(record), data, time, workspace);
  Processed out;
  out.record = std::move(record);
  out.record.destinations = router_.destinations(out.record, data);
  workspace.buffer.clear();
  out.record.fingerprint = record::fingerprint(out.record.type, out.record.key,
                                               {data, time, out.record.priority}, workspace.buffer);
  complete(out, *type, data, time, workspace);
  return out;
}

void CompiledPipeline::complete(Processed& made, const record::TypeSchema& type,
                                const json::Value& data, std::string_view time,
                                expression::Workspace& workspace) const {
  validate(type.schema, data, made.problems);
  if (!made.problems.empty()) return;
  made.record.keyHolders = holdersOf(made.record);
  workspace.buffer.clear();
  record::appendEvent(made.record, {type.eventType, type.dataSchema, time, {}}, data,
                      workspace.buffer);
  made.record.event = workspace.buffer;
}

}  // namespace lianqiao::pipeline
