#include "file_drop/sample_source.h"

#include "file_drop/open_ledger.h"

namespace lianqiao::file_drop {

SampleSource::SampleSource(DropSettings settings, std::filesystem::path file)
    : settings_(std::move(settings)), file_(std::move(file)) {}

Result<Batch> SampleSource::poll(std::string_view, Deadline) {
  Batch batch;
  const std::string name = displayName(file_.filename());
  const auto fail = [&](const Error& error) -> Result<Batch> {
    if (isFolderFault(error)) return error;
    ended_ = true;
    batch.items.push_back(unreadableItem(name, error));
    batch.more = false;
    return std::move(batch);
  };
  if (!reader_ && !ended_) {
    auto reader = openLedger(file_, name, settings_.read);
    if (!reader) return fail(reader.error());
    reader_ = std::move(*reader);
  }
  while (!ended_ && batch.items.size() < settings_.batchItems) {
    Item item;
    auto found = reader_->next(item);
    if (!found) return fail(found.error());
    ended_ = !*found;
    if (!ended_) batch.items.push_back(std::move(item.raw));
  }
  position_ += batch.items.size();
  batch.cursor = std::to_string(position_);
  batch.more = !ended_;
  return batch;
}

}  // namespace lianqiao::file_drop
