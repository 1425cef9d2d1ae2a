#pragma once
#include <filesystem>
#include <functional>
#include <string_view>

#include "archive/open_run.hpp"

namespace attnsweep::exchange {

struct ExportOptions {
  bool floor = false;  ///< a column with the rounding floor of each value
};

/// Every measured value in long form, RFC 4180 with a header line:
/// model,corpus,sequence,document,n_tokens,view,heads,head,norm,layer,value[,floor][,partial].
/// Sorted by model, corpus (bytes), record order, then view, heads (bytes), head, norm (bytes),
/// layer. `value` is the shortest decimal that reads back exactly. Observables stand with their
/// name under norm and the layer (not the pair) under layer. Values that could not be measured have
/// no line. A run that is not complete gets the column `partial`. `write` takes pieces of text.
void export_csv(const archive::OpenRun& run, const ExportOptions& options,
                const std::function<void(std::string_view)>& write);

}  // namespace attnsweep::exchange
