"""What sellers and vendors show and advertise: A+ Content 2020-11-01, Promotions 2025-12-01."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, WriteMapping

A_PLUS = "aplusContent_2020-11-01"
PROMOTIONS_API = "promotions_2025-12-01"
ALL = ("SellingPartner", "SellerCentral", "VendorCentral")
META = tuple(
    (f"contentMetadata.{name}", column)
    for name, column in (
        ("name", "Name"),
        ("marketplaceId", "MarketplaceId"),
        ("status", "Status"),
        ("badgeSet", "BadgeSet"),
        ("updateTime", "UpdateTime"),
    )
)
DOCUMENT = Parent("ContentReferenceKey", "ContentDocuments", inherits=("MarketplaceId",))

CONTENT_DOCUMENTS = Entry(
    "ContentDocuments",
    "One row per A+ document; what it shows is read document by document.",
    schemas=ALL,
    kind="table",
    key=("ContentReferenceKey", "MarketplaceId"),
    first=("ContentReferenceKey", "MarketplaceId", "Name", "Status", "UpdateTime"),
    paths=(
        AccessPath(f"{A_PLUS}.searchContentDocuments", names=META, page_rows=20),
        AccessPath(
            f"{A_PLUS}.getContentDocument",
            names=META,
            projection_parameter="includedDataSet",
            projections=(("CONTENTS", ("contentDocument",)), ("METADATA", ("contentMetadata",))),
            always=("METADATA",),
        ),
    ),
    typical_rows=50,
    example="SELECT ContentReferenceKey, Name, Status FROM ContentDocuments",
    writes=(
        WriteMapping("insert", f"{A_PLUS}.createContentDocument"),
        WriteMapping("update", f"{A_PLUS}.updateContentDocument", whole=True),
        WriteMapping("update", f"{A_PLUS}.postContentDocumentAsinRelations", note="ContentDocumentAsins shows them."),
        WriteMapping("update", f"{A_PLUS}.postContentDocumentApprovalSubmission", sets=(("Status", "SUBMITTED"),)),
    ),
    parts=(
        Part(
            "ContentModules",
            "One row per module of an A+ document: a picture with a text, a table of comparison and so on.",
            "contentDocument.contentModuleList",
            number="ModuleNumber",
            first=("ContentModuleType",),
            rows=4.0,
            example="SELECT ContentModuleType FROM ContentModules WHERE ContentReferenceKey = 'x'",
        ),
    ),
)

CONTENT_ASINS = Entry(
    "ContentDocumentAsins",
    "One row per product that an A+ document stands beside.",
    schemas=ALL,
    key=("ContentReferenceKey", "MarketplaceId", "Asin"),
    paths=(
        AccessPath(f"{A_PLUS}.listContentDocumentAsinRelations", parameters=(("includedDataSet", None),), page_rows=20),
    ),
    parent=DOCUMENT,
    typical_rows=200,
    example="SELECT ContentReferenceKey, Asin FROM ContentDocumentAsins",
)

PUBLISH_RECORDS = Entry(
    "ContentPublishRecords",
    "One row per A+ document that is shown beside a product. A filter on Asin is needed.",
    schemas=ALL,
    key=("Asin", "MarketplaceId", "ContentReferenceKey", "Locale"),
    paths=(AccessPath(f"{A_PLUS}.searchContentPublishRecords", page_rows=20),),
    typical_rows=10,
    example="SELECT ContentReferenceKey, Locale FROM ContentPublishRecords WHERE Asin = 'B00000I18C'",
)

MEDIA = Entry(
    "ContentMedia",
    "One row per picture or film that was uploaded for A+ content. A filter on MediaId is needed.",
    schemas=ALL,
    kind="table",
    key=("MediaId",),
    first=("MediaId", "MediaType", "Title"),
    paths=(AccessPath(f"{A_PLUS}.getMedia"),),
    typical_rows=10,
    account_unique=True,
    example="SELECT MediaType, Title, MediaUrl FROM ContentMedia WHERE MediaId = 'x'",
    writes=(
        WriteMapping("insert", f"{A_PLUS}.createMedia"),
        WriteMapping("update", f"{A_PLUS}.updateMedia"),
    ),
)

PROMOTIONS = Entry(
    "Promotions",
    "One row per promotion: a coupon, a price discount and so on.",
    schemas=ALL,
    key=("PromotionId",),
    first=("PromotionId", "PromotionTitle", "PromotionType", "Status", "StartDate", "EndDate", "LastUpdateDate"),
    paths=tuple(
        AccessPath(
            f"{PROMOTIONS_API}.{operation}",
            names=(
                ("selection.selectionDetails.pagination.", None),
                ("purchaseRequirements.selection.selectionDetails.pagination.", None),
                ("latestRevision.selection.selectionDetails.pagination.", None),
                ("latestRevision.purchaseRequirements.selection.selectionDetails.pagination.", None),
                ("schedule.startDate", "StartDate"),
                ("schedule.endDate", "EndDate"),
                ("lastUpdatedDate", "LastUpdateDate"),
                ("selection.selectionId", "SelectionId"),
                ("selection.revisionId", "SelectionRevisionId"),
            ),
        )
        for operation in ("searchPromotions", "getPromotion")
    ),
    typical_rows=50,
    account_unique=True,
    example="SELECT PromotionId, PromotionTitle, Status FROM Promotions",
)

ITEMS = Entry(
    "PromotionItems",
    "One row per product that a promotion is for, as its present selection has it.",
    schemas=ALL,
    key=("PromotionId", "SelectionId", "SelectionRevisionId", "ItemNumber"),
    first=("PromotionId", "SelectionId", "SelectionRevisionId", "ItemNumber", "Asin", "Sku"),
    paths=(
        AccessPath(
            f"{PROMOTIONS_API}.getSelection",
            extra=(("ItemNumber", "selection.selectionDetails.items[]#"),),
            parameters=(("revisionId", "SelectionRevisionId"),),
        ),
    ),
    parent=Parent(("PromotionId", "SelectionId", "SelectionRevisionId"), "Promotions"),
    typical_rows=250,
    account_unique=True,
    example="SELECT PromotionId, Asin, BenefitPriceAmount FROM PromotionItems",
)

VALIDATION = Entry(
    "ContentDocumentValidation",
    "One row: what Amazon would say of an A+ document that is not yet there, beside a product. Filters on Asin and on "
    "the document's name, type, locale and modules (JSON text) are needed; nothing is written.",
    schemas=ALL,
    key=("MarketplaceId", "Asin"),
    paths=(
        AccessPath(
            f"{A_PLUS}.validateContentDocumentAsinRelations",
            parameters=(("asinSet", "Asin"),),
            needs=("asinSet",),
            by_key=True,
        ),
    ),
    typical_rows=1,
    example="SELECT Errors, Warnings FROM ContentDocumentValidation WHERE Asin = 'B00000I18C' AND "
    "ContentDocumentName = 'n' AND ContentDocumentContentType = 'EBC' AND ContentDocumentLocale = 'en-US' AND "
    """ContentDocumentContentModuleList = '[{"contentModuleType": "STANDARD_TEXT"}]'""",
)

TABLES = (VALIDATION, CONTENT_DOCUMENTS, CONTENT_ASINS, PUBLISH_RECORDS, MEDIA, PROMOTIONS, ITEMS)
