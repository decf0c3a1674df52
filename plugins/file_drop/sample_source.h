#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "file_drop/drop_settings.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Source over one file, for `lianqiao map`: nothing is claimed or moved.
class SampleSource final : public Source {
 public:
  SampleSource(DropSettings settings, std::filesystem::path file);
  Result<Batch> poll(std::string_view cursor, Deadline deadline) override;

 private:
  DropSettings settings_;
  std::filesystem::path file_;
  std::unique_ptr<ItemReader> reader_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace lianqiao::file_drop
