using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class OneRunningSession : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id",
                table: "sessions");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_service_id",
                table: "sessions",
                columns: new[] { "user_id", "service_id" },
                unique: true,
                filter: "state <> 'Ended'");

            migrationBuilder.CreateIndex(
                name: "IX_enrollment_codes_subject_id",
                table: "enrollment_codes",
                column: "subject_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id_service_id",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "IX_enrollment_codes_subject_id",
                table: "enrollment_codes");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id",
                table: "sessions",
                column: "user_id");
        }
    }
}
