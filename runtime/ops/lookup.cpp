// Lookup: any function of one variable, by a table in the file.
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::LookupArgs;

constexpr uint64_t kInt8Entries = 256;
constexpr int32_t kFewestIntervalBits = 2, kMostIntervalBits = 6;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const Tensor& out = site.output();
    const auto& kernel = site.kernels().lookup[static_cast<int>(out.type)];
    if (!is_quantized(out.type)) return site.fail("there are no tables for %s", type_name(out.type));
    auto& lookup = kernel_args<LookupArgs>(op);
    const auto& options = site.options<format::Lookup>();
    uint64_t entries = kInt8Entries;
    if (out.type == format::DataType::Int16) {
        if (options.interval_bits() < kFewestIntervalBits || options.interval_bits() > kMostIntervalBits) {
            return site.fail("intervals of 2^%d codes", options.interval_bits());
        }
        lookup.octaves = options.octaves();
        lookup.interval_bits = options.interval_bits();
        entries = lookup.octaves ? kernels::kLookupOctaveEntries : (uint64_t{65536} >> lookup.interval_bits) + 1;
    }
    TMX_RETURN_IF_ERROR(site.resolve_bytes(options.table(), entries, static_cast<uint64_t>(element_bytes(out.type)),
                                           "table", &lookup.table));
    lookup.input = site.input(0).data;
    lookup.output = out.data;
    prepare_kernel_call(op, kernel, static_cast<int64_t>(out.elements), steps_of(out, 1), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kLookup = {"Lookup", format::Options::Lookup,    sizeof(KernelCall<LookupArgs>), 0, prepare,
                        nullptr,  run_kernel_call<LookupArgs>};

}  // namespace tmx::runtime
