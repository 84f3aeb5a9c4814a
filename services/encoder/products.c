#include "encoder/products.h"

#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>
#include <string.h>

/* Of the OpenMP library that oneDNN brings along; clang has no header of it here. */
void omp_set_num_threads(int count);

struct products {
    number_t number;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

struct product {
    const products_t *owner;
    size_t inner, outer;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t kernel;
    dnnl_memory_t in, bias, out; /* handles that are set for each run */
};

struct packed {
    dnnl_memory_t memory;
    const float *bias;
    float unit;
};

static const dnnl_data_type_t in_types[NUMBER_COUNT] = {
    [NUMBER_F32] = dnnl_f32, [NUMBER_BF16] = dnnl_bf16, [NUMBER_INT8] = dnnl_s8};

/* Row-major rows x columns; any: oneDNN chooses the layout. */
static dnnl_memory_desc_t shape_of(size_t rows, size_t columns, dnnl_data_type_t type,
                                   dnnl_format_tag_t layout)
{
    dnnl_memory_desc_t shape;
    dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
    dnnl_memory_desc_init_by_tag(&shape, 2, dims, type, layout);
    return shape;
}

products_t *products_new(number_t number, fault_t *fault)
{
    products_t *self = calloc(1, sizeof *self);
    omp_set_num_threads(1);
    if (self == NULL || dnnl_engine_create(&self->engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_stream_create(&self->stream, self->engine, dnnl_stream_default_flags) !=
            dnnl_success) {
        fault_set(fault, FAULT_RETRY, "oneDNN: no memory for an engine");
        products_destroy(&self);
        return NULL;
    }
    self->number = number;
    return self;
}

void products_destroy(products_t **self)
{
    if (*self != NULL) {
        dnnl_stream_destroy((*self)->stream);
        dnnl_engine_destroy((*self)->engine);
        free(*self);
        *self = NULL;
    }
}

/* --- kernels ---------------------------------------------------------------------------
 */

static dnnl_status_t add_gelu(dnnl_primitive_attr_t attributes)
{
    dnnl_post_ops_t after = NULL;
    dnnl_status_t status = dnnl_post_ops_create(&after);
    if (status == dnnl_success) {
        status = dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_gelu_erf, 0, 0);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_post_ops(attributes, after);
    }
    dnnl_post_ops_destroy(after);
    return status;
}

static dnnl_status_t describe(product_t *self, bool has_gelu)
{
    bool is_int8 = self->owner->number == NUMBER_INT8;
    dnnl_data_type_t type = in_types[self->owner->number];
    dnnl_memory_desc_t in = shape_of(PRODUCT_ROWS, self->inner, type, dnnl_ab);
    dnnl_memory_desc_t weights =
        shape_of(self->inner, self->outer, type, dnnl_format_tag_any);
    dnnl_memory_desc_t bias = shape_of(1, self->outer, dnnl_f32, dnnl_ab);
    dnnl_memory_desc_t out =
        shape_of(PRODUCT_ROWS, self->outer, is_int8 ? dnnl_s32 : dnnl_f32, dnnl_ab);
    dnnl_matmul_desc_t matmul;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_engine_t engine = self->owner->engine;
    dnnl_status_t status =
        dnnl_matmul_desc_init(&matmul, &in, &weights, is_int8 ? NULL : &bias, &out);
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_create(&attributes);
    }
    if (status == dnnl_success && has_gelu && !is_int8) {
        status = add_gelu(attributes);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(&self->description, &matmul, attributes, engine,
                                            NULL);
    }
    dnnl_primitive_attr_destroy(attributes);
    if (status == dnnl_success) {
        status = dnnl_primitive_create(&self->kernel, self->description);
    }
    if (status == dnnl_success) {
        status = dnnl_memory_create(&self->in, &in, engine, DNNL_MEMORY_NONE);
    }
    if (status == dnnl_success) {
        status = dnnl_memory_create(&self->bias, &bias, engine, DNNL_MEMORY_NONE);
    }
    if (status == dnnl_success) {
        status = dnnl_memory_create(&self->out, &out, engine, DNNL_MEMORY_NONE);
    }
    return status;
}

product_t *product_new(const products_t *engine, size_t inner, size_t outer, bool has_gelu,
                       fault_t *fault)
{
    product_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        *self = (product_t){.owner = engine, .inner = inner, .outer = outer};
    }
    dnnl_status_t status = self == NULL ? dnnl_out_of_memory : describe(self, has_gelu);
    if (status == dnnl_success) {
        return self;
    }
    if (status == dnnl_unimplemented) {
        fault_set(fault, FAULT_REJECT, "oneDNN: cannot multiply %s on this processor",
                  number_name(engine->number));
    } else {
        fault_set(fault, FAULT_RETRY, "oneDNN: no memory for a kernel of %zu to %zu", inner,
                  outer);
    }
    product_destroy(&self);
    return NULL;
}

void product_destroy(product_t **self)
{
    if (*self != NULL) {
        dnnl_memory_destroy((*self)->in);
        dnnl_memory_destroy((*self)->bias);
        dnnl_memory_destroy((*self)->out);
        dnnl_primitive_destroy((*self)->kernel);
        dnnl_primitive_desc_destroy((*self)->description);
        free(*self);
        *self = NULL;
    }
}

/* --- weights ---------------------------------------------------------------------------
 */

static float *unpacked(const weights_matrix_t *matrix)
{
    float *values = malloc(matrix->inner * matrix->outer * sizeof *values);
    for (size_t i = 0; values != NULL && i < matrix->inner; i++) {
        for (size_t k = 0; k < matrix->outer; k++) {
            values[i * matrix->outer + k] =
                (float)matrix->rows[i * matrix->outer + k] * matrix->scale[k];
        }
    }
    return values;
}

/* Turns row-major values into the kernel's layout. */
static dnnl_status_t reorder(const product_t *kernel, dnnl_memory_t to, void *values,
                             dnnl_data_type_t type)
{
    dnnl_memory_t from = NULL;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_engine_t engine = kernel->owner->engine;
    const dnnl_memory_desc_t *wanted =
        dnnl_primitive_desc_query_md(kernel->description, dnnl_query_weights_md, 0);
    dnnl_memory_desc_t plain = shape_of(kernel->inner, kernel->outer, type, dnnl_ab);
    dnnl_status_t status = dnnl_memory_create(&from, &plain, engine, values);
    if (status == dnnl_success) {
        status = dnnl_reorder_primitive_desc_create(&description, &plain, engine, wanted,
                                                    engine, NULL);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_create(&primitive, description);
    }
    if (status == dnnl_success) {
        dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
        status = dnnl_primitive_execute(primitive, kernel->owner->stream, 2, arguments);
    }
    if (status == dnnl_success) {
        status = dnnl_stream_wait(kernel->owner->stream);
    }
    dnnl_primitive_destroy(primitive);
    dnnl_primitive_desc_destroy(description);
    dnnl_memory_destroy(from);
    return status;
}

/* The same with half the range. */
static int8_t *halved(const weights_matrix_t *matrix)
{
    size_t count = matrix->inner * matrix->outer;
    int8_t *values = malloc(count);
    for (size_t i = 0; values != NULL && i < count; i++) {
        values[i] = (int8_t)lrintf((float)matrix->rows[i] * 0.5f);
    }
    return values;
}

static int fill(packed_t *self, const product_t *kernel, const weights_matrix_t *matrix)
{
    bool is_int8 = kernel->owner->number == NUMBER_INT8;
    bool is_halved = is_int8 && !number_has_vnni();
    void *made = is_halved ? (void *)halved(matrix)
                 : is_int8 ? NULL
                           : (void *)unpacked(matrix);
    void *values = is_int8 && !is_halved ? (void *)(uintptr_t)matrix->rows : made;
    int rc = -1;
    if (values != NULL && reorder(kernel, self->memory, values,
                                  is_int8 ? dnnl_s8 : dnnl_f32) == dnnl_success) {
        self->unit = is_halved ? 2.0f : 1.0f;
        rc = 0;
    }
    free(made);
    return rc;
}

packed_t *packed_new(const product_t *kernel, const weights_matrix_t *matrix,
                     fault_t *fault)
{
    packed_t *self = calloc(1, sizeof *self);
    const dnnl_memory_desc_t *layout =
        dnnl_primitive_desc_query_md(kernel->description, dnnl_query_weights_md, 0);
    if (self == NULL ||
        dnnl_memory_create(&self->memory, layout, kernel->owner->engine,
                           DNNL_MEMORY_ALLOCATE) != dnnl_success ||
        fill(self, kernel, matrix) != 0) {
        fault_set(fault, FAULT_RETRY, "oneDNN: no memory for weights of %zu to %zu",
                  matrix->inner, matrix->outer);
        packed_destroy(&self);
        return NULL;
    }
    self->bias = matrix->bias;
    return self;
}

void packed_destroy(packed_t **self)
{
    if (*self != NULL) {
        dnnl_memory_destroy((*self)->memory);
        free(*self);
        *self = NULL;
    }
}

float packed_unit(const packed_t *self)
{
    return self->unit;
}

int product_run(const product_t *self, const packed_t *weights, const void *in, void *out)
{
    dnnl_memory_set_data_handle(self->in, (void *)(uintptr_t)in);
    dnnl_memory_set_data_handle(self->bias, (void *)(uintptr_t)weights->bias);
    dnnl_memory_set_data_handle(self->out, out);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, self->in},
                                   {DNNL_ARG_WEIGHTS, weights->memory},
                                   {DNNL_ARG_DST, self->out},
                                   {DNNL_ARG_BIAS, self->bias}};
    int count = self->owner->number == NUMBER_INT8 ? 3 : 4;
    if (dnnl_primitive_execute(self->kernel, self->owner->stream, count, arguments) !=
        dnnl_success) {
        return -1;
    }
    return dnnl_stream_wait(self->owner->stream) == dnnl_success ? 0 : -1;
}
