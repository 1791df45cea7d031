from . import test_books
from . import test_borrowed_words
from . import test_labels
from . import test_stranger_pages
from . import test_stranger_rpc
from . import test_table_objects
